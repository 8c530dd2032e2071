//! Why an assignment statement changed nothing. The statements answer with a number, and name it by `{refusal.…}`.

use reparto_store_rows::names;

/// Declares each reason once: its constant, its name in SQL, and the number that both stand for.
macro_rules! refusals {
    ($($(#[$doc:meta])* $constant:ident = $number:literal, $name:literal;)*) => {
        $($(#[$doc])* pub(super) const $constant: i32 = $number;)*
        const NAMES: &[(&str, i32)] = &[$((concat!("{refusal.", $name, "}"), $number)),*];
    };
}

refusals! {
    /// Not refused.
    NONE = 0, "none";
    ACCOUNT_INACTIVE = 1, "account_inactive";
    TOKEN_REVOKED = 2, "token_revoked";
    /// The actor's role does not allow it.
    NOT_ALLOWED = 3, "not_allowed";
    SELF_ASSIGN_ONLY = 4, "self_assign_only";
    OPPORTUNITY_NOT_FOUND = 5, "opportunity_not_found";
    ASSIGNEE_NOT_FOUND = 6, "assignee_not_found";
    ASSIGNEE_INACTIVE = 7, "assignee_inactive";
    ASSIGNEE_NOT_ASSIGNABLE = 8, "assignee_not_assignable";
    OPPORTUNITY_TAKEN = 9, "opportunity_taken";
    /// Not refused: an answer to this idempotency key is stored.
    KEY_STORED = 10, "key_stored";
    KEY_RUNNING = 11, "key_running";
    DO_NOT_CONTACT = 12, "do_not_contact";
    PASSWORD_MUST_CHANGE = 13, "password_must_change";
    TOTP_SET_UP_REQUIRED = 14, "totp_set_up_required";
}

/// Why an item of a bulk request fails, by the numbers that the statement answers with.
pub(super) mod fault {
    /// It does not.
    pub const NONE: i16 = 0;
    /// Its contact does not want to be contacted.
    pub const UNWANTED: i16 = 1;
    /// Its holder is not the expected one.
    pub const HELD: i16 = 2;
}

const FAULTS: &[(&str, i16)] =
    &[("{fault.none}", fault::NONE), ("{fault.unwanted}", fault::UNWANTED), ("{fault.held}", fault::HELD)];

/// SQL with numbers in place of the names of refusals and of everything that [`names::named`] knows.
pub(super) fn named(sql: &str) -> String {
    let sql = NAMES.iter().fold(names::named(sql), |sql, (name, number)| sql.replace(name, &number.to_string()));
    FAULTS.iter().fold(sql, |sql, (name, number)| sql.replace(name, &number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_a_number_of_its_own() {
        let mut numbers: Vec<i32> = NAMES.iter().map(|(_, number)| *number).collect();
        numbers.dedup();
        assert!(numbers.iter().copied().eq(0..15));
        assert_eq!(named("{refusal.none} {refusal.opportunity_taken} {status.pending}"), "0 9 0");
    }
}
