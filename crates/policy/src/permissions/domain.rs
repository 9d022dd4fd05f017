//! Domain patterns of `WebFetch(domain:…)`.

use super::words::matches_glob;

/// Whether an address belongs to a domain pattern; `*.x.org` does not include `x.org` itself.
pub(crate) fn matches_domain(pattern: &str, address: &str) -> bool {
    host_of(address).is_some_and(|host| matches_glob(&pattern.to_lowercase(), &host))
}

/// The host of an address, in lower case; also of one without a scheme, as `curl` takes it.
fn host_of(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::matches_domain;

    #[test]
    fn the_host_decides() {
        for (pattern, address, expected) in [
            ("*.internal", "https://db.internal/x", true),
            ("*.internal", "db.internal:8080/x", true),
            ("*.internal", "https://user:pw@db.internal./", true),
            ("*.internal", "https://internal.example.org/", false),
            ("*.internal", "https://example.org/?u=db.internal", false),
            ("example.org", "HTTPS://EXAMPLE.ORG", true),
        ] {
            assert_eq!(matches_domain(pattern, address), expected, "{pattern} on {address}");
        }
    }
}
