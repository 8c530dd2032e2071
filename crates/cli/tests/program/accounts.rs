use crate::harness::{Folder, PASSWORD};

fn create(folder: &Folder, email: &str, password: &str) -> crate::harness::Ran {
    let args = ["user", "create", "--email", email, "--role", "admin", "--full-name", "Ana García", "--password-stdin"];
    folder.run_with(&args, password)
}

#[test]
fn account_addresses_are_unique_in_any_case() {
    let folder = Folder::new();
    let made = create(&folder, "ana@example.org", &format!("{PASSWORD}\nnot part of it")).succeeded();
    assert!(made.out.contains("ana@example.org") && !made.out.contains(PASSWORD));
    let again = create(&folder, "ANA@example.org", PASSWORD).ended(1);
    assert!(again.err.contains("exists already"), "{}", again.err);
}

#[test]
fn bad_passwords_and_addresses_are_refused() {
    let folder = Folder::new();
    for password in ["", "1234567", &"x".repeat(129)] {
        assert!(create(&folder, "ana@example.org", password).ended(1).err.contains("8 to 128"));
    }
    assert!(create(&folder, "ana", PASSWORD).ended(2).err.contains("--email"));
    assert!(!folder.path("reparto.db").exists());
}

#[test]
fn without_a_terminal_the_password_must_be_given() {
    let ran = Folder::new().run(&["user", "create", "--email", "ana@example.org"]).ended(1);
    assert!(ran.err.contains("--password-stdin"), "{}", ran.err);
}

#[tokio::test]
async fn empty_database_explains_the_first_administrator() {
    let folder = Folder::new();
    let mut server = folder.serve();
    assert!(server.lines.any(|line| line.contains("reparto user create --email")));
    create(&folder, "ana@example.org", PASSWORD).succeeded();
    let me = server.sign_in("ana@example.org").await.get("/api/users/me").await;
    assert_eq!((&me["role"], &me["full_name"]), (&"admin".into(), &"Ana García".into()));
}

#[test]
fn demo_prints_accounts_and_a_generated_password() {
    let folder = Folder::new();
    let made_up = folder.run(&["demo", "--opportunities", "10", "--agents", "2"]).succeeded().out;
    for part in ["admin@example.org", "ana.garcia@example.org", "Password"] {
        assert!(made_up.contains(part), "{made_up}");
    }
    let other = ["demo", "--opportunities", "10", "--password-stdin", "--database-url", "sqlite:other.db"];
    let given = folder.run_with(&other, PASSWORD).succeeded().out;
    assert!(!given.contains(PASSWORD) && !given.contains("Password"), "{given}");
}

#[test]
fn demo_is_repeatable_and_refuses_a_filled_database() {
    let (one, other) = (Folder::new(), Folder::new());
    for folder in [&one, &other] {
        folder.demo(200);
    }
    let exported = |folder: &Folder| folder.run(&["export", "--format", "json"]).succeeded().out;
    assert_eq!(exported(&one), exported(&other));
    let refused = one.run_with(&["demo", "--password-stdin"], PASSWORD).ended(1);
    assert!(refused.err.contains("--append"), "{}", refused.err);
    let more = ["demo", "--opportunities", "50", "--agents", "4", "--seed", "2", "--append", "--password-stdin"];
    assert!(one.run_with(&more, PASSWORD).succeeded().out.contains("50 opportunities"));
    one.run(&["check"]).succeeded();
}
