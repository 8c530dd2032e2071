use crate::harness::Folder;

const SUBCOMMANDS: [&[&str]; 21] = [
    &["serve"],
    &["migrate"],
    &["user", "create"],
    &["user", "erase"],
    &["user", "set-password"],
    &["user", "remove-totp"],
    &["user", "sign-out"],
    &["secret", "rotate"],
    &["contact", "erase"],
    &["contact", "everything"],
    &["erasures", "list"],
    &["erasures", "again"],
    &["retain"],
    &["demo"],
    &["import"],
    &["export"],
    &["openapi"],
    &["backup"],
    &["check"],
    &["health"],
    &["copy"],
];

#[test]
fn every_subcommand_has_help_with_examples() {
    let folder = Folder::new();
    for subcommand in SUBCOMMANDS {
        let help = folder.run(&[subcommand, &["--help"]].concat()).succeeded();
        assert!(help.out.contains("Examples:") && help.out.contains("reparto"), "{}", help.out);
    }
}

#[test]
fn help_and_errors_show_no_secrets_of_the_environment() {
    let folder = Folder::new();
    for subcommand in SUBCOMMANDS {
        for args in [&["--help"][..], &["--listen", "nowhere"], &["--no-such-flag"], &[]] {
            if subcommand == ["openapi"] && args.is_empty() {
                continue;
            }
            let output = folder
                .command(&[subcommand, args].concat())
                .env("REPARTO_DATABASE_URL", "postgers://reparto:hunter2@localhost/reparto")
                .env("REPARTO_JWT_SECRET", "hunter2")
                .env("REPARTO_LISTEN", "127.0.0.1:0")
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            let shown = [output.stdout, output.stderr].concat();
            assert!(!String::from_utf8_lossy(&shown).contains("hunter2"), "{subcommand:?} {args:?}");
        }
    }
}

#[test]
fn a_flag_wins_over_its_variable() {
    let folder = Folder::new();
    let output = folder
        .command(&["migrate", "--database-url", "sqlite:flag.db"])
        .env("REPARTO_DATABASE_URL", "sqlite:variable.db")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(folder.path("flag.db").exists() && !folder.path("variable.db").exists());
}

#[test]
fn the_document_is_printed() {
    let document = Folder::new().run(&["openapi"]).succeeded().out;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/crm/opportunities/bulk-assign"].is_object());
}
