//! A request repeated with its key gets the first response byte for byte, whatever happened to that.

use std::sync::{Arc, Mutex};

use reparto_test_postgres::{Database, proxy::Proxy};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::fleet::{Answer, Asker, Fleet};
use crate::harness::Folder;

const BATCH: usize = 10;
const CLIENTS: usize = 4;
const KILLS: usize = 3;
/// The number of responses before the process is killed while more requests are in flight.
const ANSWERS: usize = 12;

const BULK: &str = "/api/crm/opportunities/bulk-assign";

#[tokio::test(flavor = "multi_thread")]
async fn answer_lost_after_commit_is_replayed_by_key() {
    let database = Database::empty().await.unwrap();
    let folder = Folder::on(database.url());
    folder.demo(60);
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let fleet = Fleet::start(folder, &[&["--database-url", proxy.url()]]);
    let boss = fleet.sign_in("admin@example.org").await;
    let (ids, agents) = (boss.opportunities().await, boss.responsibles().await);
    let agent = &agents[1].0;
    let given = boss
        .until_answered(
            "POST",
            BULK,
            Some(&json!({ "opportunity_ids": ids[..5], "assigned_to_id": agent })),
            Some("given"),
        )
        .await;
    let undo = format!("/api/crm/operations/{}/undo", given.json()["operation_id"].as_str().unwrap());
    let one = format!("/api/crm/opportunities/{}/assign", ids[50]);
    let requests: [(&str, Value); 6] = [
        (BULK, json!({ "opportunity_ids": ids[10..20], "assigned_to_id": agent })),
        ("/api/crm/opportunities/bulk-unassign", json!({ "opportunity_ids": ids[10..15] })),
        ("/api/crm/opportunities/assign-random", json!({ "count": 1, "assigned_to_id": agent })),
        ("/api/crm/jobs", json!({ "kind": "bulk_assign", "opportunity_ids": ids[20..30], "assigned_to_id": agent })),
        (&one, json!({ "assigned_to_id": agent })),
        (&undo, json!({})),
    ];
    for (path, body) in &requests {
        let (key, answer) = lose(&boss, &proxy, path, body).await;
        assert!(answer.status < 300, "{path}: {answer:?}");
        let again = boss.until_answered("POST", path, Some(body), Some(&key)).await;
        assert_eq!(again.body, answer.body, "{path}");
    }
    drop(fleet);
    Folder::on(database.url()).run(&["check"]).succeeded();
}

/// Sends a request whose commit succeeds but whose commit confirmation is lost; repeating it yields the stored
/// response.
async fn lose(boss: &Asker, proxy: &Proxy, path: &str, body: &Value) -> (String, Answer) {
    let key = format!("lost {path}");
    let lost = proxy.lost_commits();
    proxy.lose_commit_of(&key);
    let first = boss.once(0, "POST", path, Some(body), Some(&key)).await.expect("an answer, of whatever kind");
    assert_eq!((first.status, proxy.lost_commits() - lost), (503, 1), "{path}: {first:?}");
    let answer = boss.until_answered("POST", path, Some(body), Some(&key)).await;
    assert!(answer.replayed, "{path}: {answer:?}");
    (key, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_cut_by_sigkill_run_once_on_sqlite() {
    check_requests_cut_by_sigkill(Folder::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_cut_by_sigkill_run_once_on_postgresql() {
    let database = Database::empty().await.unwrap();
    check_requests_cut_by_sigkill(Folder::on(database.url())).await;
}

/// A request that was sent, and its first response.
#[derive(Debug)]
struct Sent {
    key: String,
    body: Value,
    answer: Option<Answer>,
}

async fn check_requests_cut_by_sigkill(folder: Folder) {
    folder.demo(200);
    let fleet = Arc::new(Fleet::start(folder, &[&[]]));
    let boss = fleet.sign_in("admin@example.org").await;
    let ids = Arc::new(boss.opportunities().await);
    let agents: Arc<Vec<String>> = Arc::new(boss.responsibles().await.into_iter().map(|(id, _)| id).collect());
    let mut sent = Vec::new();
    for round in 0..KILLS {
        sent.extend(load_until_killed(&fleet, &boss, (&ids, &agents), round).await);
        let revived = Arc::clone(&fleet);
        tokio::task::spawn_blocking(move || revived.revive(0)).await.unwrap();
        for request in &mut sent {
            let again = boss.until_answered("POST", BULK, Some(&request.body), Some(&request.key)).await;
            assert_eq!((again.status, again.json()["assigned_count"].as_u64()), (200, Some(BATCH as u64)), "{again:?}");
            match &request.answer {
                Some(first) => assert!(again.replayed && again.body == first.body, "{first:?}, then {again:?}"),
                None => request.answer = Some(again),
            }
        }
    }
    let operations = boss.walk("/api/crm/operations?kind=bulk_assign&", "items").await;
    assert_eq!(operations.len(), sent.len(), "each key is one operation");
    assert!(sent.len() >= KILLS * ANSWERS);
    let folder = tokio::task::spawn_blocking(move || fleet.folder.run(&["check"]).succeeded());
    folder.await.unwrap();
}

/// Clients that send each request twice concurrently until the process is gone: the second gets the same response, or
/// learns that the first is still running.
async fn load_until_killed(
    fleet: &Fleet,
    boss: &Asker,
    (ids, agents): (&Arc<Vec<String>>, &Arc<Vec<String>>),
    round: usize,
) -> Vec<Sent> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let (boss, ids, agents, tell) = (boss.clone(), Arc::clone(ids), Arc::clone(agents), tell.clone());
        let sent = Arc::clone(&sent);
        tasks.push(tokio::spawn(async move {
            for turn in 0.. {
                let from = (turn * 7 + client * 31) % (ids.len() - BATCH);
                let body = json!({
                    "opportunity_ids": ids[from..from + BATCH],
                    "assigned_to_id": agents[(turn + client) % agents.len()],
                });
                let key = format!("{round}-{client}-{turn}");
                let ask = || boss.once(0, "POST", BULK, Some(&body), Some(&key));
                let (one, other) = tokio::join!(ask(), ask());
                let is_gone = one.is_none() || other.is_none();
                let answers: Vec<Answer> = [one, other].into_iter().flatten().collect();
                let under_way = |answer: &&Answer| answer.code() != "idempotency_key_running";
                let whole: Vec<&Answer> = answers.iter().filter(under_way).collect();
                assert!(whole.iter().all(|answer| answer.status == 200), "{answers:?}");
                assert!(whole.windows(2).all(|two| two[0].body == two[1].body), "{answers:?}");
                let answer = whole.first().map(|&answer| answer.clone());
                sent.lock().unwrap().push(Sent { key, body, answer });
                if is_gone || tell.send(()).is_err() {
                    return;
                }
            }
        }));
    }
    drop(tell);
    for _ in 0..ANSWERS {
        told.recv().await.expect("the service answers");
    }
    fleet.kill(0);
    for task in tasks {
        task.await.expect("no client panics");
    }
    std::mem::take(&mut *sent.lock().unwrap())
}
