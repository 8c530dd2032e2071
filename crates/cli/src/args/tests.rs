use clap::{CommandFactory as _, Parser as _};

use super::*;

fn commands() -> Vec<clap::Command> {
    let mut found = vec![Cli::command()];
    let mut all = Vec::new();
    while let Some(command) = found.pop() {
        found.extend(command.get_subcommands().cloned());
        all.push(command);
    }
    all
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_flag_has_the_variable_of_its_name() {
    let mut flags = 0;
    for command in commands() {
        for flag in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
            let name = flag.get_long().unwrap();
            if matches!(name, "help" | "version") {
                continue;
            }
            let variable = format!("REPARTO_{}", name.to_uppercase().replace('-', "_"));
            assert_eq!(flag.get_env().and_then(|env| env.to_str()), Some(variable.as_str()), "{name}");
            flags += 1;
        }
    }
    assert!(flags > 30);
}

#[test]
fn every_subcommand_has_a_purpose_and_examples() {
    for command in commands().iter().filter(|command| !command.has_subcommands()) {
        let name = command.get_name();
        assert!(command.get_about().is_some(), "{name}");
        assert!(command.get_after_help().is_some_and(|help| help.to_string().contains("Examples:")), "{name}");
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (flag, value) in [
        ("--access-lifetime", "299"),
        ("--bulk-max", "0"),
        ("--rate-limit", "fast"),
        ("--assignable-roles", "boss"),
        ("--language", "fr"),
        ("--listen", "nowhere"),
    ] {
        let error = Cli::try_parse_from(["reparto", "serve", flag, value]).unwrap_err().to_string();
        assert!(error.contains(flag) && error.contains(value), "{error}");
    }
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let cli = Cli::try_parse_from([
        "reparto",
        "serve",
        "--jwt-secret",
        "hunter2",
        "--database-url",
        "postgres://u:hunter2@h/d",
    ])
    .unwrap();
    assert!(!format!("{cli:?}").contains("hunter2"));
}

#[test]
fn a_mapping_is_a_column_and_a_field() {
    assert_eq!(mapping("a=b=email"), Ok(("a=b".to_owned(), Field::Email)));
    assert!(mapping("email").is_err());
    assert!(mapping("a=nothing").unwrap_err().contains("first_name"));
}

/// The configuration of the service with these flags.
fn served(flags: &[&str]) -> Result<reparto_server::Config, String> {
    let all = ["reparto", "serve", "--database-url", "sqlite:x.db"].iter().chain(flags);
    match Cli::try_parse_from(all).unwrap().command {
        Command::Serve(args) => args.config().map_err(|failure| format!("{failure:?}")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn secrets_that_can_be_guessed_are_refused_by_name() {
    for flag in ["--jwt-secret", "--jwt-secret-previous", "--data-key", "--data-key-other"] {
        let of = |length: usize| served(&[flag, &"x".repeat(length)]).map(drop);
        assert!(of(31).unwrap_err().contains(flag), "{flag}");
        assert_eq!(of(32), Ok(()), "{flag}");
    }
}

#[test]
fn behind_a_proxy_its_connections_are_not_one_clients() {
    let per_address = |flags: &[&str]| served(flags).unwrap().connections.per_address;
    assert_eq!((per_address(&[]), per_address(&["--trust-forwarded"])), (2_000, 0));
}
