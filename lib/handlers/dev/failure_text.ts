/**
 * WHAT ANSWERS: a failure as plain text: for whoever asks with curl, and for the clipboard.
 *
 * The innermost call comes first, whatever the language: what is looked for stands at the top.
 */

import type { AppFailure, FailedError, Frame } from "./app_failure.ts";
import type { FailedRequest } from "./failed_request.ts";

/** All control characters but for line feeds and tabs. */
const CONTROL = /[^\P{Cc}\n\t]/gu;

/** Before an error that belongs to the one above it. */
export const RELATIONS: Readonly<Record<FailedError["relation"], string>> = {
  thrown: "",
  cause: "Caused by",
  context: "While handling",
  member: "One of several",
};

/** Where `frame` is, as editors understand it. */
export function toPlace({ file, line, column }: Frame): string {
  return file + (line === null ? "" : `:${line}`) + (column === null ? "" : `:${column}`);
}

/** An error's type and what it says. */
export function toHeading({ type, message }: FailedError): string {
  return message === "" ? type : `${type}: ${message}`;
}

/** What ran: the server, the runtime, the system. */
export function toVersions({ runtime }: AppFailure, software: string): string {
  return `${software}, ${runtime}, ${Deno.build.os} ${Deno.build.arch}`;
}

/** All of it; `software` is what the server calls itself. A terminal can show it: nothing in it controls one. */
export function toFailureText(
  failure: AppFailure,
  { request, software }: { request: FailedRequest; software: string },
): string {
  const fields = request.fields.map(([name, value]) => `${name}: ${value}\n`).join("");
  const text = `${failure.errors.map(toErrorText).join("\n")}
${request.method} ${request.url} ${request.version}
${fields}
${toVersions(failure, software)}
`;
  return text.replace(CONTROL, "\ufffd");
}

function toErrorText(error: FailedError): string {
  const relation = RELATIONS[error.relation];
  const heading = (relation === "" ? "" : `${relation}: `) + toHeading(error);
  return `${heading}\n${error.frames.map(toFrameText).join("")}`;
}

function toFrameText(frame: Frame): string {
  const name = frame.function;
  const place = name === null ? toPlace(frame) : `${name} (${toPlace(frame)})`;
  const meant = frame.isOwn
    ? frame.source.find(({ number }) => number === frame.line)?.text.trim()
    : undefined;
  return `    at ${place}\n${meant === undefined ? "" : `        ${meant}\n`}`;
}
