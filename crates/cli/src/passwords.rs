//! Passwords: read from standard input or from a terminal without echo, hashed at once, never shown.

use std::io::{self, BufRead as _, IsTerminal as _};

use reparto_domain::{
    passwords::{PASSWORD_LENGTH, PasswordFault, check, fits},
    users::PasswordHash,
};
use reparto_server::auth::passwords;
use secrecy::{ExposeSecret as _, SecretString};

use crate::failure::Failure;

/// A new password for the account with this address: the first line of standard input, or what is typed twice at the
/// terminal.
pub fn read(from_stdin: bool, email: &str) -> Result<SecretString, Failure> {
    let password = if from_stdin {
        first_line()?
    } else if io::stdin().is_terminal() {
        typed_twice()?
    } else {
        return Err(Failure::new("no terminal to ask for the password at: give it with --password-stdin"));
    };
    match check(password.expose_secret(), email) {
        Ok(()) => Ok(password),
        Err(PasswordFault::Length) => Err(wrong_length()),
        Err(PasswordFault::TooCommon) => {
            Err(Failure::new("the password is one of the commonest, or the email address itself: choose another"))
        }
    }
}

/// The password of a demo's accounts, from the first line of standard input: any that is long enough, since there is
/// nothing to protect.
pub fn read_for_demo() -> Result<SecretString, Failure> {
    let password = first_line()?;
    if fits(password.expose_secret()) { Ok(password) } else { Err(wrong_length()) }
}

fn wrong_length() -> Failure {
    let (min, max) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
    Failure::new(format!("the password must have {min} to {max} characters"))
}

fn first_line() -> Result<SecretString, Failure> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::io("cannot read the password from standard input", &error))?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

fn typed_twice() -> Result<SecretString, Failure> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt)
            .map(SecretString::from)
            .map_err(|error| Failure::io("cannot read the password", &error))
    };
    let (first, second) = (ask("Password: ")?, ask("Again: ")?);
    if first.expose_secret() != second.expose_secret() {
        return Err(Failure::new("the two passwords differ"));
    }
    Ok(first)
}

/// Hashes a password.
pub fn hash(password: &SecretString) -> Result<PasswordHash, Failure> {
    Ok(passwords::hash(password.expose_secret())?)
}
