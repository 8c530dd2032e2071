/** What is sent to sign in. */
export interface SignIn {
  email: string;
  password: string;
  totpCode?: string;
}

/** What the service asks for after the password: a code, or a new password, with the token that is good for that alone. */
export type Step = { kind: "code" } | { kind: "password"; token: string };
