import "reflect-metadata";
import { Readable } from "node:stream";
import {
  Body,
  Controller,
  Get,
  Header,
  HttpException,
  Module,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { EverspanModule } from "everspan/nest";
import { parts, work } from "./scenes.mjs";

/** The controller as its decorators make it: this file is run as it stands. */
function controllerFor(tracer) {
  class ChatController {
    health() {
      return "well";
    }
    text() {
      return "text";
    }
    user(id) {
      return { id };
    }
    echo(body) {
      return body;
    }
    stream() {
      return new StreamableFile(Readable.from(parts()), { type: "text/plain" });
    }
    work(name) {
      return work(tracer, name);
    }
    refused() {
      throw new HttpException("short and stout", 418);
    }
    async fails() {
      throw new RangeError("no such row");
    }
    waits(response) {
      (response.raw ?? response).write("begun");
    }
  }
  const decorate = (name, decorators, parameter) => {
    const { prototype } = ChatController;
    for (const decorator of decorators) decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
    parameter?.(prototype, name, 0);
  };
  decorate("health", [Get("health")]);
  decorate("text", [Get("text"), Header("x-kept", "yes")]);
  decorate("user", [Get("users/:id")], Param("id"));
  decorate("echo", [Post("echo")], Body());
  decorate("stream", [Get("stream")]);
  decorate("work", [Get("work")], Query("name"));
  decorate("refused", [Get("refused")]);
  decorate("fails", [Get("fails")]);
  decorate("waits", [Get("waits")], Res());
  Controller()(ChatController);
  return ChatController;
}

const starting = (Adapter) => async (tracer) => {
  class AppModule {}
  const imports =
    tracer === undefined ? [] : [EverspanModule.forRoot({ tracer, ignore: ({ url }) => url === "/health" })];
  Module({ imports, controllers: [controllerFor(tracer)] })(AppModule);
  const app = await NestFactory.create(AppModule, new Adapter(), { logger: false, forceCloseConnections: true });
  await app.listen(0, "127.0.0.1");
  return { url: (await app.getUrl()).replace("[::1]", "127.0.0.1"), close: () => app.close() };
};

export const startOnExpress = starting(ExpressAdapter);
export const startOnFastify = starting(FastifyAdapter);
