// Shapes that the service's document does not describe yet.

/** What a person agreed to. */
export interface Consent {
  text_version: string;
  at: string;
  channel: string | null;
}

/** That a person does not want to be contacted. */
export interface DoNotContact {
  since: string;
  reason: string | null;
}

export interface PrivacyFields {
  source?: string | null;
  source_at?: string | null;
  consent?: Consent | null;
  do_not_contact?: DoNotContact | null;
  erased_at?: string | null;
}

export interface PrivacyChange {
  source?: string | null;
  source_at?: string | null;
  consent?: { text_version: string; at: string; channel?: string } | null;
  do_not_contact?: { since?: string; reason?: string } | null;
}

/** What erasing a contact removed. */
export interface ErasedContact {
  erased_at: string;
  opportunities: number;
  audit_entries: number;
}

export interface ErasedUser {
  erased_at: string;
}

export interface Included {
  include_do_not_contact?: boolean;
}

export interface Separated {
  separator?: "comma" | "semicolon";
}
