import { describe, expect, it } from "vitest";
import { deviceOf } from "../src/lib/device";

describe("a session's device", () => {
  it.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
      { program: "Firefox", system: "Windows", mobile: false },
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      { program: "Safari", system: "iOS", mobile: true },
    ],
    [
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
      { program: "Chrome", system: "Android", mobile: true },
    ],
    ["curl/8.5.0", { program: "curl/8.5.0", system: null, mobile: false }],
    ["python-httpx/0.28.1 extra", { program: "python-httpx/0.28.1", system: null, mobile: false }],
    ["", { program: null, system: null, mobile: false }],
    [null, { program: null, system: null, mobile: false }],
  ])("%j", (userAgent, device) => {
    expect(deviceOf(userAgent)).toEqual(device);
  });
});
