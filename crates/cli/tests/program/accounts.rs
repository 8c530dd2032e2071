use crate::harness::{Folder, PASSWORD};

fn create(folder: &Folder, email: &str, password: &str) -> crate::harness::Ran {
    let args = ["user", "create", "--email", email, "--role", "admin", "--full-name", "Ana García", "--password-stdin"];
    folder.run_with(&args, password)
}

#[test]
fn an_account_is_made_once_whatever_the_case_of_its_address() {
    let folder = Folder::new();
    let made = create(&folder, "ana@example.org", &format!("{PASSWORD}\nnot part of it")).succeeded();
    assert!(made.out.contains("ana@example.org") && !made.out.contains(PASSWORD));
    let again = create(&folder, "ANA@example.org", PASSWORD).ended(1);
    assert!(again.err.contains("exists already"), "{}", again.err);
}

#[test]
fn a_short_or_endless_password_and_a_bad_address_are_refused() {
    let folder = Folder::new();
    for password in ["", "1234567", &"x".repeat(73)] {
        assert!(create(&folder, "ana@example.org", password).ended(1).err.contains("8 to 72"));
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
async fn the_first_administrator_can_sign_in_and_an_empty_database_says_how_to_make_one() {
    let folder = Folder::new();
    let mut server = folder.serve();
    assert!(server.lines.any(|line| line.contains("reparto user create --email")));
    create(&folder, "ana@example.org", PASSWORD).succeeded();
    let me = server.sign_in("ana@example.org").await.get("/api/users/me").await;
    assert_eq!((&me["role"], &me["full_name"]), (&"admin".into(), &"Ana García".into()));
}

#[test]
fn a_demo_prints_its_accounts_and_a_password_only_where_it_made_one_up() {
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
fn the_same_seed_makes_the_same_data_and_a_filled_database_is_left_alone() {
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
