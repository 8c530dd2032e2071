import type { Client, User } from "@reparto/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, launch, type Options, open, picture, signIn, violations } from "./browser.js";
import { Program } from "./program.js";
import { totp } from "./totp.js";

let browser: Browser;
let program: Program;
let api: Client;
let page: Page;
let errors: string[];
let close: (() => Promise<void>) | undefined;

async function start(options: Options = {}, url = program.url): Promise<void> {
  await close?.();
  const opened = await open(browser, url, options);
  ({ page, errors } = opened);
  close = () => opened.context.close();
}

beforeAll(async () => {
  [browser, program] = await Promise.all([launch(), Program.start()]);
  api = await client(program.url);
});
beforeEach(() => start());
afterEach(() => expect(errors).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const OLD = "una frase bien larga";
const NEW = "otra frase todavía más larga";
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const field = (name: string) => page.locator(`input[name="${name}"]`);
const account = () => page.getByRole("heading", { level: 1, name: "Mi cuenta" });

let people = 0;

/** A new agent, whom nothing else in these tests concerns. */
async function somebody(): Promise<User> {
  people += 1;
  return api.userApi.create({
    email: `persona${people}@example.org`,
    password: OLD,
    full_name: `Persona Número ${people}`,
    role: "agent",
  });
}

async function openAccount(): Promise<void> {
  await page.goto("/account");
  await account().waitFor();
}

async function signOut(name: string): Promise<void> {
  await page.getByRole("button", { name }).click();
  await page.getByRole("menuitem", { name: "Cerrar sesión", exact: true }).click();
  await field("email").waitFor();
}

async function typeCredentials(email: string, password: string): Promise<void> {
  await page.goto("/");
  await field("email").fill(email);
  await field("password").fill(password);
  await page.locator('button[type="submit"]').click();
}

describe("one's own password", () => {
  it("is changed with the current one, and ends other sessions", async () => {
    const { email, full_name } = await somebody();
    const other = await client(program.url, email, OLD);
    await signIn(page, email, OLD);
    await page.getByRole("button", { name: full_name ?? "" }).click();
    await page.getByRole("menuitem", { name: "Mi cuenta" }).click();
    await account().waitFor();

    await field("current_password").fill("no es esta");
    await field("new_password").fill("corta");
    await page.getByText("Demasiado corta: al menos 8 caracteres").waitFor();
    expect(await button("Cambiar la contraseña").isDisabled()).toBe(true);
    await field("new_password").fill(NEW);
    await button("Cambiar la contraseña").click();
    await page.getByText("La contraseña actual no es correcta").waitFor();
    await picture(page, "account-password-wrong");
    expect(await violations(page)).toEqual([]);

    await field("current_password").fill(OLD);
    await field("new_password").fill(email);
    await button("Cambiar la contraseña").click();
    await page.getByText("Es una de las contraseñas más usadas o su propio correo electrónico").waitFor();

    // What the service refuses is called good nowhere, before it is sent or after.
    await field("new_password").fill("1q2w3e4r5t6y7u8i9o0p");
    await page.getByText("Es una de las contraseñas más usadas: elija otra").waitFor();
    await field("new_password").fill(OLD);
    await page.getByText("Es la contraseña actual: elija otra").waitFor();
    await button("Cambiar la contraseña").click();
    await page.getByText("La contraseña nueva debe ser distinta de la actual").waitFor();
    expect(await page.getByRole("progressbar", { name: "Seguridad de la contraseña" }).count()).toBe(0);
    await picture(page, "account-password-unchanged");
    expect(await violations(page)).toEqual([]);

    await field("new_password").fill(NEW);
    await page.getByText("Muy buena").waitFor();
    expect(await page.getByText("La contraseña nueva debe ser distinta de la actual").count()).toBe(0);
    await button("Cambiar la contraseña").click();
    await page.getByText("Contraseña cambiada").waitFor();
    await expect(other.userApi.me()).rejects.toMatchObject({ status: 401 });
    await page.reload();
    await account().waitFor();
    await signOut(full_name ?? "");
    await signIn(page, email, NEW);
  });
});

describe("sessions", () => {
  it("are listed, and ended one by one or all others", async () => {
    const { email } = await somebody();
    const others = await Promise.all([1, 2, 3].map(() => client(program.url, email, OLD)));
    await signIn(page, email, OLD);
    await openAccount();
    const sessions = page.getByRole("list", { name: "Sesiones abiertas" }).getByRole("listitem");
    await sessions.nth(3).waitFor();
    expect(await sessions.count()).toBe(4);
    expect(await sessions.first().textContent()).toMatch(/Chrom.* en Linux.*Esta.*127\.0\.0\.1/);
    expect(await sessions.first().getByRole("button").count()).toBe(0);
    await picture(page, "account-sessions");
    expect(await violations(page)).toEqual([]);

    await sessions
      .nth(1)
      .getByRole("button", { name: /^Cerrar la sesión/ })
      .click();
    await page.getByText("Sesión cerrada", { exact: true }).waitFor();
    await expect.poll(() => sessions.count()).toBe(3);
    const alive = async () => {
      const answers = await Promise.allSettled(others.map((one) => one.userApi.me()));
      return answers.filter(({ status }) => status === "fulfilled").length;
    };
    expect(await alive()).toBe(2);
    await button("Cerrar todas las demás").click();
    await page.getByText("2 sesiones cerradas").waitFor();
    await expect.poll(() => sessions.count()).toBe(1);
    expect(await alive()).toBe(0);
    await page.reload();
    await account().waitFor();
  });
});

describe("a session that ended elsewhere", () => {
  const ended = () => page.getByText(/^Su sesión se ha cerrado/);

  it("is explained on the sign-in screen", async () => {
    const { email } = await somebody();
    await signIn(page, email, OLD);
    const other = await client(program.url, email, OLD);
    for (const { id, current } of await other.userApi.sessions()) if (!current) await other.userApi.endSession(id);
    // The next request is this one, or one of the page's own: then the link is gone already.
    await page.evaluate(() => document.querySelector<HTMLAnchorElement>('nav a[href="/opportunities"]')?.click());
    await ended().waitFor();
    await picture(page, "session-ended");
    expect(await violations(page)).toEqual([]);
    await signIn(page, email, OLD);
    expect(await ended().count()).toBe(0);
  });

  it("is explained in the other tabs of the browser, not where one signed out", async () => {
    const { email, full_name } = await somebody();
    await signIn(page, email, OLD);
    const tab = await page.context().newPage();
    await tab.goto(program.url);
    await tab.getByRole("heading", { level: 1 }).waitFor();
    await signOut(full_name ?? "");
    await tab.getByText(/^Su sesión se ha cerrado/).waitFor();
    expect(await ended().count()).toBe(0);
  });
});

/** Sets up the second factor on the screen, and returns its secret, the code that confirmed it, and the recovery codes. */
async function setUp(): Promise<{ secret: string; used: string; codes: string[] }> {
  await page.getByRole("img", { name: "Código QR para la aplicación de autenticación" }).waitFor();
  const secret = ((await page.getByLabel("Clave", { exact: true }).textContent()) ?? "").replaceAll(" ", "");
  expect(await violations(page)).toEqual([]);
  await field("totp_code").fill("000000");
  await page.locator('form button[type="submit"]').last().click();
  await page.getByText("El código no es correcto").waitFor();
  const used = totp(secret);
  await field("totp_code").fill(used);
  await page.locator('form button[type="submit"]').last().click();
  const shown = page.getByRole("list", { name: "Códigos de recuperación" }).getByRole("listitem");
  await shown.first().waitFor();
  const codes = (await shown.allTextContents()).map((code) => code.trim());
  expect(await button("Listo").isDisabled()).toBe(true);
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("He guardado los códigos").check();
  await button("Listo").click();
  return { secret, used, codes };
}

describe("the session's refresh token", () => {
  it("is in a cookie that no script can read", async () => {
    const { email, full_name } = await somebody();
    await signIn(page, email, OLD);
    const kept = await page.evaluate(() => `${window.localStorage.getItem("reparto.session")} ${document.cookie}`);
    expect(kept).toContain("access_token");
    expect(kept).not.toContain("refresh");
    const [cookie] = await page.context().cookies(`${program.url}/api/auth/refresh`);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/auth" });
    // An access token that is good for nothing: the page goes on with a new one.
    await page.evaluate(() => window.localStorage.setItem("reparto.session", '{"access_token":"expired"}'));
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Mis oportunidades" }).waitFor();
    await signOut(full_name ?? "");
    expect(await page.context().cookies(`${program.url}/api/auth/refresh`)).toEqual([]);
  });
});

describe("a second factor", () => {
  it("is set up, asked for, replaced by a recovery code, turned off", async () => {
    const { email, full_name } = await somebody();
    await signIn(page, email, OLD);
    await openAccount();
    await button("Activar").click();
    const { secret, used, codes } = await setUp();
    expect(new Set(codes).size).toBe(10);
    await page.getByText("Quedan 10 códigos de recuperación").waitFor();
    await signOut(full_name ?? "");

    await typeCredentials(email, OLD);
    await page.getByRole("heading", { level: 1, name: "Segundo factor" }).waitFor();
    await picture(page, "sign-in-code");
    expect(await violations(page)).toEqual([]);
    // The code that confirmed it was used already: that one, and not the one of whichever half minute it is by now.
    await field("totp_code").fill(used);
    await button("Entrar").click();
    await page.getByText("El código no es correcto o ya se ha usado").waitFor();
    await field("totp_code").fill(totp(secret, 1));
    await button("Entrar").click();
    await page.getByRole("navigation").waitFor();
    await signOut(full_name ?? "");

    await typeCredentials(email, OLD);
    await field("totp_code").fill(codes[0] ?? "");
    await button("Entrar").click();
    await page.getByRole("navigation").waitFor();
    await openAccount();
    await page.getByText("Quedan 9 códigos de recuperación").waitFor();
    await button("Desactivar…").click();
    await field("current_password_totp").fill("no es esta");
    await button("Desactivar").click();
    await page.getByText("La contraseña actual no es correcta").waitFor();
    await field("current_password_totp").fill(OLD);
    await button("Desactivar").click();
    await page.getByText("Segundo factor desactivado").waitFor();
    await signOut(full_name ?? "");
    await signIn(page, email, OLD);
  });

  it("is taken away by an administrator", async () => {
    const user = await somebody();
    const own = await client(program.url, user.email, OLD);
    const { secret } = await own.userApi.startTotp();
    await own.userApi.confirmTotp(totp(secret));
    await signIn(page);
    await openUser(user);
    await button("Quitar el segundo factor").click();
    await button("Sí, quitar").click();
    await page.getByText("Guardado").waitFor();
    await start();
    await signIn(page, user.email, OLD);
  });

  it("is set up at once where it is required", async () => {
    const strict = await Program.start({ env: { REPARTO_REQUIRE_TOTP: "administrators" } });
    try {
      await start({ width: 360, height: 780 }, strict.url);
      await typeCredentials("admin@example.org", "reparto-demo-1");
      await page.getByRole("heading", { level: 1, name: "Active el segundo factor" }).waitFor();
      await picture(page, "totp-required-phone");
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over).toBeLessThanOrEqual(0);
      await setUp();
      await page.getByRole("heading", { level: 1, name: "Oportunidades" }).waitFor();
    } finally {
      await close?.();
      close = undefined;
      await strict.stop();
    }
  });
});

async function openUser({ email, full_name }: User): Promise<void> {
  await page.goto(`/users?search=${encodeURIComponent(email)}`);
  await page
    .locator("tbody")
    .getByRole("button", { name: full_name ?? email })
    .click();
  await page.getByRole("dialog").waitFor();
}

describe("a password that somebody else set", () => {
  it("must be changed before anything else", async () => {
    const user = await somebody();
    await signIn(page);
    await openUser(user);
    await page.getByRole("textbox", { name: "Contraseña" }).fill("puesta por otra persona");
    await button("Cambiar contraseña").click();
    await page.getByText("Guardado").waitFor();
    await picture(page, "user-drawer");
    expect(await violations(page)).toEqual([]);

    await start({ width: 360, height: 780 });
    await page.goto("/account");
    await typeCredentials(user.email, "puesta por otra persona");
    await page.getByRole("heading", { level: 1, name: "Elija una contraseña nueva" }).waitFor();
    await picture(page, "must-change-phone");
    expect(await violations(page)).toEqual([]);
    // The token is not kept: another attempt starts over.
    expect(await page.evaluate(() => window.localStorage.getItem("reparto.session"))).toBe(null);
    await field("new_password").fill("puesta por otra persona");
    await button("Cambiarla y continuar").click();
    await page.getByText("La contraseña nueva debe ser distinta de la actual").waitFor();
    await field("new_password").fill(NEW);
    await button("Cambiarla y continuar").click();
    await page.getByRole("heading", { level: 1, name: "Mis oportunidades" }).waitFor();
    await start();
    await signIn(page, user.email, NEW);
  });
});

describe("a reset link", () => {
  it("sets a password once, and leaves no token in the address", async () => {
    const user = await somebody();
    await signIn(page);
    await openUser(user);
    await button("Crear enlace de restablecimiento").click();
    const link = (await page.getByLabel("Enlace de restablecimiento", { exact: true }).textContent()) ?? "";
    await picture(page, "reset-link");
    expect(await violations(page)).toEqual([]);
    expect(link.startsWith(`${program.url}/reset-password#token=`)).toBe(true);

    await start({ locale: "en-GB", dark: true });
    await page.goto(link);
    await page.getByRole("heading", { level: 1, name: "Choose a new password" }).waitFor();
    await expect.poll(() => page.url()).toBe(`${program.url}/reset-password`);
    await picture(page, "reset-dark");
    expect(await violations(page)).toEqual([]);
    await field("new_password").fill(OLD);
    await page.getByText("Very good").waitFor();
    await button("Set the password").click();
    await page.getByText("The new password must differ from the current one").waitFor();
    expect(await page.getByText("Very good").count()).toBe(0);
    await field("new_password").fill(NEW);
    await button("Set the password").click();
    await page.getByRole("heading", { level: 1, name: "Your new password is set" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Go to sign-in" }).click();
    await field("email").waitFor();
    await signIn(page, user.email, NEW);

    await start();
    await page.goto(link);
    await field("new_password").fill(NEW);
    await button("Guardar la contraseña").click();
    await page.getByText("ya se ha usado o ha caducado").waitFor();
    await page.goto("/reset-password");
    await page.reload();
    await page.getByText("El enlace no está completo").waitFor();
  });
});

describe("the account screen", () => {
  it.each([
    { name: "light", dark: false, locale: "es-ES", title: "Mi cuenta" },
    { name: "dark", dark: true, locale: "en-GB", title: "My account" },
  ])("fits a phone and is accessible, $name", async ({ name, dark, locale, title }) => {
    await start({ dark, locale, width: 360, height: 780 });
    await signIn(page);
    await page.goto("/account");
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.getByRole("listitem").first().waitFor();
    await picture(page, `account-phone-${name}`);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
});
