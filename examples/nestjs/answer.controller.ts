import { Controller, Get, Header, Inject, Param, StreamableFile } from "@nestjs/common";
import { AnswerService } from "./answer.service.ts";

@Controller()
export class AnswerController {
  constructor(@Inject(AnswerService) private readonly answers: AnswerService) {}

  @Get("health")
  health(): string {
    return "well";
  }

  @Get("answer/:city")
  async answer(@Param("city") city: string): Promise<{ answer: string }> {
    return { answer: await this.answers.whole(city) };
  }

  @Get("answer/:city/streamed")
  @Header("content-type", "text/plain")
  streamed(@Param("city") city: string): StreamableFile {
    return new StreamableFile(this.answers.streamed(city));
  }
}
