import type { ItemError } from "./model.js";

/** A problem as the service answers it (RFC 9457). `detail` is meant for people and can be shown as it stands. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  /** Stable, snake_case, one per refusal: what code should look at. */
  code: string;
  request_id?: string;
  /** What is wrong with which field (422). */
  errors?: Array<{ field: string; message: string; type: string }> | ItemError[];
  field_errors?: Record<string, string>;
  [extension: string]: unknown;
}

/**
 * The one error of this client. Without an answer from the service `status` is 0 and `code` is `network_error` or
 * `aborted`; a bulk call that was cut off half-way carries what was done before in `partial`.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  /** Seconds that the service asks to wait, where it does. */
  readonly retryAfter: number | undefined;
  /** Results of the requests that had succeeded before this one failed. */
  partial?: unknown;

  constructor(problem: Problem, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(problem.detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.retryAfter = options.retryAfter;
  }

  /** The message for one field, of a 422. */
  field(name: string): string | undefined {
    return this.problem.field_errors?.[name];
  }
}

/** A problem that arose in the client itself. */
export function localProblem(code: string, detail: string, status = 0): Problem {
  return { type: "about:blank", title: detail, status, detail, code };
}

/** The error that a response stands for; also for answers that are no problem documents (a proxy's, say). */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  const retryAfter = retryAfterOf(response);
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string") {
      const problem = body as Partial<Problem> & { detail: string };
      const whole = { ...localProblem("http_error", problem.detail, response.status), ...problem };
      return new ApiError(whole, { retryAfter });
    }
  } catch {
    // No JSON: the status is all there is.
  }
  const detail = `HTTP ${response.status} ${response.statusText}`.trim();
  return new ApiError(localProblem("http_error", detail, response.status), { retryAfter });
}

/** Seconds of `Retry-After`, given as seconds or as a date. */
export function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
