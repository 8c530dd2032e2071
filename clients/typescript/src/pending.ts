// Shapes that the service's document does not describe yet.

/** One of a user's sessions. */
export interface UserSession {
  id: string;
  created_at: string;
  last_used_at: string;
  ip_address: string | null;
  user_agent: string | null;
  current: boolean;
}

/** What a second factor is set up with. */
export interface TotpSetup {
  secret: string;
  otpauth_url: string;
}

/** The state of one's own second factor. */
export interface SecondFactor {
  enabled: boolean;
  confirmed_at: string | null;
  recovery_codes_left: number;
  required: boolean;
}

export interface RecoveryCodes {
  recovery_codes: string[];
}

/** A one-time link with which a user sets a new password. */
export interface ResetLink {
  message: string;
  reset_url: string;
  expires_at: string;
}

/** What erasing a contact removed. */
export interface ErasedContact {
  erased_at: string;
  opportunities: number;
  audit_entries: number;
}

export interface ErasedUser {
  erased_at: string;
  audit_entries: number;
}
