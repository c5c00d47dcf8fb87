/** Each request is a trace, but that of the health check. */
import { Module } from "@nestjs/common";
import { EverspanModule } from "everspan/nest";
import { AnswerController } from "./answer.controller.ts";
import { AnswerService } from "./answer.service.ts";

@Module({
  imports: [EverspanModule.forRoot({ ignore: ({ url }) => url === "/health" })],
  controllers: [AnswerController],
  providers: [AnswerService],
})
export class AppModule {}
