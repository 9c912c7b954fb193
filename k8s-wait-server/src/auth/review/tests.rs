//! Reviews by the testkit's API.

use super::*;
use futures::future::join_all;
use k8s_wait_testkit::{Api, Fault, Token};

async fn stage() -> (Api, Reviews) {
    let api = Api::start().await.unwrap();
    let client = k8s_wait_lib::client(kube::Config::new(api.url().parse().unwrap())).unwrap();
    (api, Reviews::new(client))
}

fn web() -> Token {
    Token::of_service_account("shop", "web").in_pod("web-0").for_audience(AUDIENCE)
}

/// Somebody at an address of their own.
fn peer() -> &'static Peer {
    Box::leak(Box::new(Peer::new(0)))
}

fn count(api: &Api) -> usize {
    api.count("create", "tokenreviews")
}

/// Lets time pass for what is remembered, and not for the connections.
async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_tells_who_asks() {
    let (api, reviews) = stage().await;
    api.accept_token("a", web());
    let account = reviews.account("a", peer()).await.unwrap();
    assert_eq!(account.to_string(), "ServiceAccount shop/web in pod web-0");
    assert_eq!(account.namespace, "shop");
}

#[tokio::test]
async fn a_token_is_reviewed_once_a_minute_however_many_ask() {
    let (api, reviews) = stage().await;
    api.accept_token("a", web());
    let asked = join_all((0..50).map(|_| reviews.account("a", peer()))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    later(Duration::from_secs(59)).await;
    assert!(reviews.account("a", peer()).await.is_ok());
    assert_eq!(count(&api), 1);
    api.revoke_token("a");
    later(Duration::from_secs(2)).await;
    assert!(matches!(reviews.account("a", peer()).await, Err(Doubt::BadToken(_))));
    assert_eq!(count(&api), 2);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_reviewed_again_sooner() {
    let (api, reviews) = stage().await;
    for _ in 0..3 {
        let doubt = reviews.account("a", peer()).await.unwrap_err();
        assert_eq!(doubt, Doubt::BadToken("invalid bearer token".into()));
    }
    assert_eq!(count(&api), 1);
    api.accept_token("a", web());
    later(Duration::from_secs(11)).await;
    assert!(reviews.account("a", peer()).await.is_ok());
}

#[tokio::test]
async fn only_tokens_of_serviceaccounts_for_us_are_good() {
    let (api, reviews) = stage().await;
    api.accept_token("other", Token::of_service_account("shop", "web").for_audience("vault"));
    api.accept_token("default", Token::of_service_account("shop", "web"));
    api.accept_token("user", Token::of_user("jane").for_audience(AUDIENCE));
    let sentence = async |token: &str| reviews.account(token, peer()).await.unwrap_err().to_string();
    for token in ["other", "default"] {
        let sentence = sentence(token).await;
        assert!(sentence.contains("is invalid for the target audiences [\"k8s-wait\"]"), "{sentence}");
    }
    assert_eq!(sentence("user").await, "the token is that of jane, which is no ServiceAccount");
}

/// It answers that everybody is who they say, whomever the token is for.
#[test]
fn an_api_server_that_knows_no_audiences_is_not_believed() {
    let user = User { username: "system:serviceaccount:shop:web".into(), extra: HashMap::new() };
    let status = Status { authenticated: true, user, ..Status::default() };
    assert!(matches!(status.account(), Err(Doubt::BadToken(_))));
}

#[tokio::test]
async fn what_cannot_be_reviewed_is_neither_good_nor_bad_nor_remembered() {
    let (api, reviews) = stage().await;
    api.accept_token("a", web());
    let refusal = api.inject(Fault::status(403).on("tokenreviews").verb("create"));
    let Err(Doubt::Unreviewed(error)) = reviews.account("a", peer()).await else { panic!("it is known") };
    assert!(error.starts_with("no right to create tokenreviews.authentication.k8s.io;"), "{error}");
    drop(refusal);
    assert!(reviews.account("a", peer()).await.is_ok());
    api.stop().await;
    assert!(matches!(reviews.account("b", peer()).await, Err(Doubt::Unreviewed(_))));
    assert!(reviews.account("a", peer()).await.is_ok(), "what is known goes on to be known");
}

/// Somebody who makes up tokens keeps others from being reviewed no longer than that.
#[tokio::test]
async fn a_review_that_hangs_is_given_up() {
    let (api, reviews) = stage().await;
    let _silence = api.inject(Fault::hang().on("tokenreviews"));
    let begun = Instant::now();
    let asking = reviews.account("a", peer());
    let waiting = async {
        while count(&api) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        later(PATIENCE).await;
    };
    let (outcome, ()) = tokio::join!(asking, waiting);
    assert_eq!(outcome, Err(Doubt::Unreviewed("no answer within 10 s".to_owned())));
    assert!(begun.elapsed() >= PATIENCE);
}

#[tokio::test]
async fn who_gets_no_turn_is_told_so() {
    let (api, reviews) = stage().await;
    let _silence = api.inject(Fault::hang().on("tokenreviews"));
    let tokens: Vec<_> = (0..=AT_ONCE).map(|number| number.to_string()).collect();
    let asking = join_all(tokens.iter().map(|token| reviews.account(token, peer())));
    let waiting = async {
        while count(&api) < AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        later(PATIENCE).await;
    };
    let (outcomes, ()) = tokio::join!(asking, waiting);
    let expected = "16 other tokens are under review, and no turn came within 10 s";
    assert!(outcomes.contains(&Err(Doubt::Unreviewed(expected.to_owned()))), "{outcomes:?}");
    assert_eq!(count(&api), AT_ONCE);
}

#[tokio::test]
async fn who_makes_tokens_up_takes_no_turns_of_others() {
    let (api, reviews) = stage().await;
    let _silence = api.inject(Fault::hang().on("tokenreviews"));
    let (rude, tokens) = (peer(), ["a", "b", "c", "d", "e", "f"]);
    let asking = join_all(tokens.map(|token| reviews.account(token, rude)));
    let waiting = async {
        let counted = async |expected| {
            let is_counted = async {
                while count(&api) < expected {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(Duration::from_secs(20), is_counted).await.expect("that many reviews should begin");
        };
        counted(REVIEWS).await;
        let other = reviews.account("g", peer());
        tokio::select! {
            outcome = other => panic!("{outcome:?}"),
            () = counted(REVIEWS + 1) => {}
        }
        later(TURN).await;
        later(PATIENCE).await;
    };
    let (outcomes, ()) = tokio::join!(asking, waiting);
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(Doubt::NoTurn)).count();
    assert_eq!(refused, tokens.len() - REVIEWS, "{outcomes:?}");
    assert_eq!(count(&api), REVIEWS + 1);
}

#[test]
fn what_the_api_server_says_is_cut_and_cleaned() {
    assert_eq!(&*said("a\u{1b}[31mb\n"), "a[31mb");
    assert_eq!(said(&"x".repeat(1000)).len(), SAID_CHARS);
    assert!(!said("").is_empty());
}
