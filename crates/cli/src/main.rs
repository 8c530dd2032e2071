//! The binary `reparto`: settings and subcommands.

mod args;
mod backup;
mod check;
mod contact;
mod copy;
mod database;
mod demo;
mod erasures;
mod export;
mod failure;
mod health;
mod import;
mod migrate;
mod openapi;
mod passwords;
mod retain;
mod secret;
mod serve;
mod telemetry;
mod user;
mod vacuum;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command, ContactCommand, ErasuresCommand, SecretCommand, UserCommand};
use failure::{Done, Failure};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let telemetry = telemetry::start(&cli.log, matches!(cli.command, Command::Serve(_)));
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("cannot start", &error))
        .and_then(|runtime| runtime.block_on(run(cli.command)));
    telemetry.finish();
    match done {
        Ok(done) => done.into(),
        // Whoever reads us (`| head`) has had enough: that is no failure.
        Err(Failure::PipeClosed) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<Done, Failure> {
    match command {
        Command::Serve(args) => serve::run(*args).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::User(user) => match user.command {
            UserCommand::Create(args) => user::create(args).await,
            UserCommand::Erase(args) => user::erase(args).await,
            UserCommand::SetPassword(args) => user::set_password(args).await,
            UserCommand::RemoveTotp(args) => user::remove_totp(args).await,
            UserCommand::SignOut(args) => user::sign_out(args).await,
        },
        Command::Secret(secret) => match secret.command {
            SecretCommand::Rotate(args) => secret::rotate(args).await,
        },
        Command::Contact(contact) => match contact.command {
            ContactCommand::Erase(args) => contact::erase(args).await,
            ContactCommand::Everything(args) => contact::everything(args).await,
        },
        Command::Erasures(erasures) => match erasures.command {
            ErasuresCommand::List(args) => erasures::list(args).await,
            ErasuresCommand::Again(args) => erasures::again(args).await,
        },
        Command::Retain(args) => retain::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Openapi(args) => openapi::run(&args),
        Command::Backup(args) => backup::run(args).await,
        Command::Vacuum(args) => vacuum::run(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Health(args) => health::run(&args),
        Command::Copy(args) => copy::run(args).await,
    }
}
