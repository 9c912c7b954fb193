//! Targets: whatever is read is written so that it reads as the same.
#![no_main]

use k8s_wait_target::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(target) = text.parse::<Target>() {
        let written = target.to_string();
        let again = written.parse::<Target>();
        assert_eq!(again.as_ref(), Ok(&target), "{text:?} is written {written:?}");
        assert_eq!(again.map(|again| again.to_string()).as_ref(), Ok(&written));
    }
});
