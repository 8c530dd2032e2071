import base from "./vitest.config.js";

export default { ...base, test: { ...base.test, include: ["e2e/guide-pictures.ts"] } };
