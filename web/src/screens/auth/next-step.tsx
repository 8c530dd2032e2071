import type { UseMutationResult } from "@tanstack/react-query";
import { CodeStep } from "./code-step";
import { MustChangePassword } from "./must-change-password";
import type { SignIn, Step } from "./sign-in";

export interface StepProps {
  signIn: UseMutationResult<void, Error, SignIn>;
  email: string;
  password: string;
  onBack: () => void;
}

/** What comes between the password and the page. */
export function NextStep({ step, ...rest }: StepProps & { step: Step }) {
  return step.kind === "code" ? <CodeStep {...rest} /> : <MustChangePassword token={step.token} {...rest} />;
}
