//! Definitions of custom resources: [`established`].

use super::{absent, stale, terminating};
use crate::Verdict;
use crate::object::CustomResourceDefinition;

/// Condition Established is True: the API server serves its kind.
///
/// Condition NamesAccepted explains why not, and decides nothing: names that clash when a definition is changed leave
/// it served as it was, and a name may become free.
pub fn established(definition: Option<&CustomResourceDefinition>) -> Verdict {
    let Some(definition) = definition else { return absent() };
    let stale = stale(definition.meta.generation, definition.observed_generation);
    match (stale, definition.refused_names.as_deref()) {
        _ if definition.meta.is_terminating => terminating(),
        (Some(stale), _) => stale,
        _ if definition.is_established => Verdict::Ready,
        (None, Some(why)) => {
            Verdict::pending("NamesNotAccepted", format!("its names are not accepted: {why}"))
        }
        (None, None) => Verdict::pending("NotEstablished", "it is not established yet"),
    }
}
