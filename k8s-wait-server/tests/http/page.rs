//! The page as it comes, without a browser.

use crate::support::{Server, until};
use k8s_wait_server::{Auth, Readers, Reading, Settings};
use k8s_wait_testkit::build::pod;
use k8s_wait_testkit::{Api, Token};
use std::collections::BTreeSet;

#[tokio::test]
async fn nothing_on_it_comes_from_elsewhere_and_a_policy_keeps_it_so() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let mut nonces = BTreeSet::new();
    for _ in 0..2 {
        let answer = server.get("/").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        let policy = answer.header("content-security-policy");
        let nonce = policy.split_once("script-src 'nonce-").unwrap().1.split('\'').next().unwrap();
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
        );
        let text = answer.text();
        assert_eq!(text.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
        assert!(!text.contains("://") && !text.contains("innerHTML"), "{text}");
        nonces.insert(nonce.to_owned());
    }
    assert_eq!(nonces.len(), 2);
}

#[tokio::test]
async fn without_javascript_it_is_a_table_of_those_who_wait() {
    let api = Api::start().await.unwrap();
    api.apply(pod("db").namespace("shop").waiting("app", "<script>alert(1)</script>", "&amp;")).unwrap();
    let server = Server::start(&api).await;
    let mut held = server.lines("/v1/wait?target=pod/db&namespace=shop").await;
    held.until_reason("PodNotReady").await;
    let _others = ["till", "ops"].map(|namespace| {
        let path = format!("/v1/wait?target=pod/web&namespace={namespace}");
        tokio::spawn(server.asking_with(&path, ("k8s-wait-pod", "till-0")))
    });
    until(async || server.get("/").await.text().contains("3 of 3 waiting")).await;
    let page = server.get("/").await;
    let text = page.text();
    assert!(text.contains("shop/unknown") && text.contains("till/till-0"), "{text}");
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;: &amp;amp;"), "{text}");
    assert!(!text.contains("<script>alert"), "{text}");
    for (query, expected) in [
        ("namespace=shop", "1 of 1 waiting"),
        ("namespace=&text=", "3 of 3 waiting"),
        ("text=TILL-0", "2 of 3 waiting"),
        ("text=notfound", "2 of 3 waiting"),
        ("text=%22%3E%3Cb%3E", "0 of 3 waiting"),
    ] {
        let page = server.get(&format!("/?{query}")).await;
        assert!(page.text().contains(expected), "{query}: {}", page.text());
        assert!(!page.text().contains("\"><b>"), "{query}");
    }
    server.get("/?namespace=A").await.problem(400);
}

#[tokio::test]
async fn who_may_see_it_is_said_by_a_switch() {
    let api = Api::start().await.unwrap();
    let with = async |page, auth| {
        let readers = Reading { page, ..Reading::default() };
        Server::with(&api, Settings { readers, auth, ..Settings::default() }).await
    };
    let closed = with(Readers::None, Auth::None).await;
    for path in ["/", "/v1/waiters"] {
        assert_eq!(closed.get(path).await.problem(404), "there is no such path", "{path}");
    }
    for name in ["shop", "ops"] {
        let token = Token::of_service_account(name, "default").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    let auth = || Auth::Token(vec!["ops=*".parse().unwrap()]);
    for (readers, own) in [(Readers::All, 200), (Readers::Token, 403)] {
        let server = with(readers, auth()).await;
        server.get("/").await.problem(401);
        for (token, status) in [("Bearer token-of-shop", own), ("Bearer token-of-ops", 200)] {
            for path in ["/", "/v1/waiters"] {
                let answer = server.ask("GET", path, &[("authorization", token)], "").await;
                assert_eq!(answer.status, status, "{readers:?} {token} {path}");
            }
        }
    }
}
