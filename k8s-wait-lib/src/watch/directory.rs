//! Which kinds the cluster serves: [`Directory`].

use super::failure;
use crate::CheckError;
use crate::check::KindName;
use crate::object::Served;
use kube::Client;
use kube::core::ApiResource;
use kube::core::discovery::v2::{APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery};
use parking_lot::RwLock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// What is known is not asked for again within this time, whoever asks and however often.
const PAUSE: Duration = Duration::from_secs(2);
/// How long the API server may take to tell.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The kinds that the cluster serves, asked of the API server when somebody wants one that is not among those known.
///
/// All who ask share one answer: two requests in two seconds at most, however many ask for how many kinds.
pub(crate) struct Directory {
    client: Client,
    /// The last answer.
    kinds: RwLock<Arc<[Entry]>>,
    /// When the API server was asked last, and what came of it. Held while it is asked, so that those who ask meanwhile
    /// wait for the same answer; who asks for a kind that is known does not.
    asked: Mutex<Option<(Instant, Result<(), CheckError>)>>,
}

/// A kind with all its names in lower case.
struct Entry {
    served: Served,
    names: Vec<String>,
}

impl Directory {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, kinds: RwLock::default(), asked: Mutex::default() }
    }

    /// A kind, by what was known before where that is enough. `None` where the cluster does not serve it.
    pub(crate) async fn find(&self, name: &KindName) -> Result<Option<Served>, CheckError> {
        if let Some(known) = self.search(name) {
            return Ok(Some(known));
        }
        self.find_now(name).await
    }

    /// A kind as it is served now.
    pub(crate) async fn find_now(&self, name: &KindName) -> Result<Option<Served>, CheckError> {
        self.refresh().await?;
        Ok(self.search(name))
    }

    fn search(&self, name: &KindName) -> Option<Served> {
        search(&self.kinds.read(), name)
    }

    async fn refresh(&self) -> Result<(), CheckError> {
        let mut asked = self.asked.lock().await;
        if let Some((_, answer)) = asked.as_ref().filter(|(at, _)| at.elapsed() < PAUSE) {
            return answer.clone();
        }
        let answer = self.ask().await.map(|kinds| *self.kinds.write() = kinds);
        *asked = Some((Instant::now(), answer.clone()));
        answer
    }

    async fn ask(&self) -> Result<Arc<[Entry]>, CheckError> {
        let lists = async {
            let core = self.client.list_core_api_versions_aggregated().await?;
            let groups = self.client.list_api_groups_aggregated().await?;
            Ok::<_, kube::Error>(entries(core).chain(entries(groups)).collect())
        };
        let answer = timeout(TIMEOUT, lists).await;
        answer
            .map_err(|_| format!("no answer within {} s", TIMEOUT.as_secs()))
            .and_then(|answer| answer.map_err(|error| failure::root(&error)))
            .map_err(|error| CheckError::Unavailable {
                resource: "the kinds that it serves".to_owned(),
                error,
            })
    }
}

/// The first of the places that the name may mean in which there is such a kind.
fn search(kinds: &[Entry], name: &KindName) -> Option<Served> {
    let is_there = |entry: &&Entry, (version, group): &(Option<String>, String)| {
        let resource = &entry.served.resource;
        resource.group == *group
            && version.as_ref().is_none_or(|version| resource.version == *version)
            && entry.names.contains(&name.name)
    };
    let found = name.places.iter().find_map(|place| kinds.iter().find(|entry| is_there(entry, place)));
    found.map(|entry| entry.served.clone())
}

/// All kinds that can be watched, those of a group's preferred version first.
fn entries(list: APIGroupDiscoveryList) -> impl Iterator<Item = Entry> {
    list.items.into_iter().flat_map(|group| {
        let APIGroupDiscovery { metadata, versions } = group;
        let group = metadata.and_then(|metadata| metadata.name).unwrap_or_default();
        versions.into_iter().flat_map(move |version| {
            let (group, name) = (group.clone(), version.version.unwrap_or_default());
            version.resources.into_iter().filter_map(move |resource| entry(&group, &name, resource))
        })
    })
}

fn entry(group: &str, version: &str, resource: APIResourceDiscovery) -> Option<Entry> {
    let can = |verb: &str| resource.verbs.iter().any(|known| known == verb);
    if !can("list") || !can("watch") {
        return None;
    }
    let (plural, kind) = (resource.resource?, resource.response_kind?.kind?);
    let names = [Some(plural.clone()), resource.singular_resource, Some(kind.clone())];
    let names = names.into_iter().flatten().chain(resource.short_names).map(|name| name.to_lowercase());
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let (group, version) = (group.to_owned(), version.to_owned());
    Some(Entry {
        names: names.collect(),
        served: Served {
            resource: ApiResource { group, version, api_version, kind, plural },
            is_namespaced: resource.scope.as_deref() == Some("Namespaced"),
        },
    })
}
