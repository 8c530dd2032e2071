//! Texts that the service encrypts, and encrypts anew.

use reparto_domain::{second_factor::SealedSecret, webhooks::NewWebhook};
use reparto_store::sealed::{Sealed, SealedKind};

use crate::{Fixture, accounts::second_factors::enrolled};

rules! { $ sealed_rules in sealed {
    every_encrypted_text_is_listed_once,
    only_the_text_that_was_read_is_replaced,
}}

async fn listed(f: &Fixture, kind: SealedKind, limit: u64) -> Vec<Sealed> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let part = f.store().sealed_list(kind, after, limit).await.unwrap();
        let Some(last) = part.last() else { return all };
        after = last.seq;
        all.extend(part);
    }
}

async fn webhook(f: &Fixture, secret: &str) {
    let webhook = NewWebhook { url: "https://crm.example.org/".into(), events: Vec::new(), secret: secret.into() };
    f.store().webhook_create(&f.as_admin(), webhook, None).await.unwrap();
}

async fn every_encrypted_text_is_listed_once(f: Fixture) {
    for number in 0..5 {
        webhook(&f, &number.to_string()).await;
        enrolled(&f, &f.agent().await).await;
    }
    let texts = |found: Vec<Sealed>| found.into_iter().map(|sealed| sealed.text.0).collect::<Vec<_>>();
    assert_eq!(texts(listed(&f, SealedKind::Webhook, 2).await), ["0", "1", "2", "3", "4"]);
    assert_eq!(texts(listed(&f, SealedKind::SecondFactor, 2).await), ["sealed"; 5]);
}

async fn only_the_text_that_was_read_is_replaced(f: Fixture) {
    webhook(&f, "one").await;
    webhook(&f, "two").await;
    enrolled(&f, &f.agent().await).await;
    for kind in SealedKind::ALL {
        let found = listed(&f, kind, 10).await.remove(0);
        let by = || SealedSecret("anew".into());
        let changed = Sealed { text: SealedSecret("changed meanwhile".into()), ..found.clone() };
        assert!(!f.store().sealed_replace(kind, changed, by()).await.unwrap());
        assert!(f.store().sealed_replace(kind, found.clone(), by()).await.unwrap());
        assert!(!f.store().sealed_replace(kind, found, by()).await.unwrap());
        assert_eq!(listed(&f, kind, 10).await[0].text, by());
    }
    assert_eq!(listed(&f, SealedKind::Webhook, 10).await[1].text.0, "two");
}
