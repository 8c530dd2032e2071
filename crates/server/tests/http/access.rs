//! Access rights: one row for each operation of the API document, tested with every kind of caller.

use axum::http::Method;
use reparto_domain::Role;
use reparto_server::auth::tokens::Bearer;

use crate::common::{Account, Answer, Ask, START, Server, operations};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody, without a token.
    Anyone,
    /// Every signed-in user.
    Signed,
    /// Agents, lawyers and administrators.
    Staff,
    /// `admin` and `superuser`.
    Administrators,
}

impl Who {
    fn includes(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::Signed => true,
            Self::Staff => role.is_staff(),
            Self::Administrators => role.is_administrator(),
        }
    }
}

use Who::{Administrators, Anyone, Signed, Staff};

/// All operations.
const TABLE: &[(&str, &str, Who)] = &[
    ("get", "/api/auth/first-run", Anyone),
    ("post", "/api/auth/first-run", Anyone),
    ("post", "/api/auth/login", Anyone),
    ("post", "/api/auth/logout", Anyone),
    ("post", "/api/auth/refresh", Anyone),
    ("post", "/api/auth/reset-password", Anyone),
    ("get", "/api/crm/absences", Staff),
    ("post", "/api/crm/absences", Staff),
    ("patch", "/api/crm/absences/{id}", Staff),
    ("delete", "/api/crm/absences/{id}", Staff),
    ("get", "/api/crm/contacts", Staff),
    ("post", "/api/crm/contacts", Staff),
    ("get", "/api/crm/contacts/count", Staff),
    ("get", "/api/crm/contacts/{id}", Staff),
    ("patch", "/api/crm/contacts/{id}", Staff),
    ("put", "/api/crm/contacts/{id}", Staff),
    ("delete", "/api/crm/contacts/{id}", Administrators),
    ("post", "/api/crm/contacts/{id}/erase", Administrators),
    ("get", "/api/crm/contacts/{id}/everything", Administrators),
    ("get", "/api/crm/events", Staff),
    ("get", "/api/crm/imports", Administrators),
    ("post", "/api/crm/imports", Administrators),
    ("get", "/api/crm/imports/{id}", Administrators),
    ("get", "/api/crm/imports/{id}/events", Administrators),
    ("get", "/api/crm/imports/{id}/rows", Administrators),
    ("post", "/api/crm/imports/{id}/undo", Administrators),
    ("get", "/api/crm/jobs", Administrators),
    ("post", "/api/crm/jobs", Administrators),
    ("get", "/api/crm/jobs/{id}", Administrators),
    ("post", "/api/crm/jobs/{id}/cancel", Administrators),
    ("get", "/api/crm/jobs/{id}/events", Administrators),
    ("get", "/api/crm/jobs/{id}/items", Administrators),
    ("post", "/api/crm/jobs/{id}/resume", Administrators),
    ("post", "/api/crm/jobs/{id}/undo", Administrators),
    ("get", "/api/crm/operations", Administrators),
    ("get", "/api/crm/operations/{id}", Administrators),
    ("post", "/api/crm/operations/{id}/undo", Administrators),
    ("get", "/api/crm/opportunities", Staff),
    ("post", "/api/crm/opportunities", Staff),
    ("post", "/api/crm/opportunities/assign-random", Administrators),
    ("post", "/api/crm/opportunities/bulk-assign", Administrators),
    ("post", "/api/crm/opportunities/bulk-unassign", Administrators),
    ("get", "/api/crm/opportunities/{id}", Staff),
    ("patch", "/api/crm/opportunities/{id}", Staff),
    ("delete", "/api/crm/opportunities/{id}", Administrators),
    ("post", "/api/crm/opportunities/{id}/assign", Staff),
    ("post", "/api/crm/opportunities/{id}/first-call-attempt", Staff),
    ("get", "/api/crm/opportunities/{id}/history", Staff),
    ("get", "/api/crm/rotations", Administrators),
    ("post", "/api/crm/rotations", Administrators),
    ("get", "/api/crm/rotations/{id}", Staff),
    ("patch", "/api/crm/rotations/{id}", Administrators),
    ("post", "/api/crm/rotations/{id}/credits", Administrators),
    ("get", "/api/crm/rotations/{id}/events", Administrators),
    ("get", "/api/crm/rotations/{id}/next", Administrators),
    ("get", "/api/crm/teams", Staff),
    ("post", "/api/crm/teams", Administrators),
    ("get", "/api/crm/teams/{id}", Staff),
    ("patch", "/api/crm/teams/{id}", Administrators),
    ("delete", "/api/crm/teams/{id}", Administrators),
    ("get", "/api/crm/teams/{id}/members", Staff),
    ("put", "/api/crm/teams/{id}/members/{user_id}", Administrators),
    ("delete", "/api/crm/teams/{id}/members/{user_id}", Administrators),
    ("get", "/api/crm/users", Staff),
    ("get", "/api/crm/users/responsibles", Staff),
    ("get", "/api/crm/users/{id}", Staff),
    ("get", "/api/crm/webhooks", Administrators),
    ("post", "/api/crm/webhooks", Administrators),
    ("get", "/api/crm/webhooks/{id}", Administrators),
    ("patch", "/api/crm/webhooks/{id}", Administrators),
    ("delete", "/api/crm/webhooks/{id}", Administrators),
    ("get", "/api/crm/webhooks/{id}/deliveries", Administrators),
    ("post", "/api/crm/webhooks/{id}/deliveries/{delivery}/resend", Administrators),
    ("post", "/api/crm/webhooks/{id}/test", Administrators),
    ("get", "/api/users", Administrators),
    ("post", "/api/users", Administrators),
    ("get", "/api/users/audit-logs", Administrators),
    ("get", "/api/users/export", Administrators),
    ("get", "/api/users/me", Signed),
    ("post", "/api/users/me/password", Signed),
    ("put", "/api/users/me/pause", Signed),
    ("get", "/api/users/me/sessions", Signed),
    ("delete", "/api/users/me/sessions/{id}", Signed),
    ("get", "/api/users/me/totp", Signed),
    ("post", "/api/users/me/totp", Signed),
    ("delete", "/api/users/me/totp", Signed),
    ("post", "/api/users/me/totp/confirm", Signed),
    ("get", "/api/users/{id}", Administrators),
    ("patch", "/api/users/{id}", Administrators),
    ("delete", "/api/users/{id}", Administrators),
    ("post", "/api/users/{id}/erase", Administrators),
    ("patch", "/api/users/{id}/role", Administrators),
    ("patch", "/api/users/{id}/status", Administrators),
    ("patch", "/api/users/{id}/password", Administrators),
    ("post", "/api/users/{id}/reset-password", Administrators),
    ("delete", "/api/users/{id}/totp", Administrators),
    // The last one, since it ends the token with which all are tried.
    ("post", "/api/auth/logout/all", Signed),
];

/// An unused id.
const NOTHING: &str = "0190a6e0-7c1b-7abc-8def-0123456789ab";

/// The request of a row. Bodies are invalid JSON: authorised callers get that error, all others are refused first.
fn request<'a>(server: &'a Server, method: &str, path: &str) -> Ask<'a> {
    let method: Method = method.to_uppercase().parse().unwrap();
    let has_body = operations().iter().any(|operation| {
        operation.path == path
            && method == operation.method.to_uppercase().as_str()
            && !operation.described["requestBody"].is_null()
    });
    let mut path = path.to_owned();
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, NOTHING);
    }
    let ask = server.ask(method, &path);
    if has_body { ask.raw("application/json", "{") } else { ask }
}

/// Whether the response says that the caller lacks the right.
fn is_forbidden(answer: &Answer) -> bool {
    answer.status == 403 && {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        code == "staff_only" || code.ends_with("administrators_only")
    }
}

#[test]
fn the_access_table_matches_the_document() {
    let mut documented: Vec<_> =
        operations().iter().map(|operation| (operation.method.as_str(), operation.path.as_str())).collect();
    let mut rows: Vec<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    documented.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, documented);
}

#[test]
fn the_document_says_which_operations_need_no_token() {
    for (method, path, who) in TABLE {
        let operation = operations().iter().find(|known| known.method == *method && known.path == *path).unwrap();
        let open = !operation.described["security"].is_null();
        assert_eq!(open, *who == Anyone, "{method} {path}");
    }
}

#[tokio::test]
async fn without_a_valid_token_only_public_operations_answer() {
    let server = Server::start().await;
    let account = server.account(Role::Superuser).await;
    let inactive = server.account(Role::Admin).await;
    server.store().user_set_active(&server.system(), inactive.id, false).await.unwrap();
    let gone = server.account(Role::Admin).await;
    server.store().user_delete(&server.system(), gone.id).await.unwrap();
    let yesterday = START.plus_seconds(-86_400);
    let bearer = Bearer { user: account.id, generation: 0, session: None };
    let (expired, _) = server.app.tokens.issue(&bearer, yesterday).unwrap();
    let mut forged = account.token.clone();
    forged.truncate(account.token.len() - 4);
    forged.push_str("AAAA");
    for (method, path, who) in TABLE {
        let ask = || request(&server, method, path);
        for (case, ask) in [
            ("no token", ask()),
            ("another scheme", ask().header("authorization", "Basic YTpi")),
            ("rubbish", ask().token("rubbish")),
            ("forged", ask().token(&forged)),
            ("expired", ask().token(&expired)),
            ("deactivated", ask().by(&inactive)),
            ("deleted", ask().by(&gone)),
            ("a cookie", ask().header("cookie", &format!("access_token={}", account.token))),
        ] {
            let answer = ask.await;
            if *who == Anyone {
                assert!(answer.status < 401, "{method} {path}, {case}: {}", answer.text());
            } else {
                assert_eq!(answer.status, 401, "{method} {path}, {case}: {}", answer.text());
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
    }
}

#[tokio::test]
async fn each_roles_rights_are_checked_before_the_body() {
    let server = Server::start().await;
    let mut accounts: Vec<Account> = Vec::new();
    for role in Role::ALL {
        accounts.push(server.account(role).await);
    }
    for (method, path, who) in TABLE {
        for account in &accounts {
            check(&server, method, path, *who, account, account.role).await;
        }
    }
}

#[tokio::test]
async fn a_demoted_user_has_the_new_roles_rights_at_once() {
    let server = Server::start().await;
    server.account(Role::Superuser).await;
    for role in [Role::Agent, Role::User] {
        let demoted = server.account(Role::Admin).await;
        server.store().user_set_role(&server.system(), demoted.id, role).await.unwrap();
        for (method, path, who) in TABLE {
            check(&server, method, path, *who, &demoted, role).await;
        }
    }
}

async fn check(server: &Server, method: &str, path: &str, who: Who, account: &Account, role: Role) {
    let answer = request(server, method, path).by(account).await;
    let case = format!("{method} {path} as {role}: {} {}", answer.status, answer.text());
    assert_ne!(answer.status, 401, "{case}");
    assert_eq!(is_forbidden(&answer), !who.includes(role), "{case}");
}
