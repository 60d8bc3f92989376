//! Which topics a device may use.

/// The topics of one device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Topics to which it may publish, exactly.
    pub publish: Vec<String>,
    /// The device's number; it may subscribe to `down/{login}/#` and what lies below.
    pub login: String,
}

/// What becomes of a wish to subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Granted at QoS 0.
    Granted,
    /// Not this device's topic.
    NotAuthorized,
    /// No valid filter.
    Invalid,
    /// A shared subscription.
    Shared,
}

impl Rights {
    /// Whether the device may publish to a topic.
    pub fn may_publish(&self, topic: &str) -> bool {
        self.publish.iter().any(|allowed| allowed == topic)
    }

    /// Whether the device may subscribe to a filter (MQTT 5, 4.7).
    pub fn may_subscribe(&self, filter: &str, bytes_max: usize) -> Grant {
        if filter.starts_with("$share/") {
            return Grant::Shared;
        }
        if filter.len() > bytes_max || !valid_filter(filter) {
            return Grant::Invalid;
        }
        let own = format!("down/{}", self.login);
        let below = filter.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if below { Grant::Granted } else { Grant::NotAuthorized }
    }
}

/// Whether a number can stand inside a topic: no level separator, no wildcard, nothing unprintable.
pub fn valid_login(login: &str) -> bool {
    (1..=64).contains(&login.len())
        && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

/// Whether a topic matches a filter; `#` matches the level above it too.
pub fn matches(filter: &str, topic: &str) -> bool {
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        if wanted == "#" {
            return true;
        }
        match levels.next() {
            Some(level) if wanted == "+" || wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

fn valid_filter(filter: &str) -> bool {
    let levels: Vec<&str> = filter.split('/').collect();
    !filter.is_empty()
        && !filter.contains('\0')
        && levels.iter().enumerate().all(|(at, level)| match *level {
            "#" => at + 1 == levels.len(),
            "+" => true,
            level => !level.contains(['#', '+']),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights() -> Rights {
        Rights { publish: vec!["up/m1".into()], login: "m1".into() }
    }

    #[test]
    fn a_device_publishes_to_its_own_topic_only() {
        assert!(rights().may_publish("up/m1"));
        for topic in ["up/m2", "up/m1/x", "up/+", "up", "", "down/m1"] {
            assert!(!rights().may_publish(topic), "{topic}");
        }
    }

    #[test]
    fn a_device_subscribes_below_its_own_number_only() {
        for (filter, grant) in [
            ("down/m1", Grant::Granted),
            ("down/m1/#", Grant::Granted),
            ("down/m1/+/set", Grant::Granted),
            ("down/m10/#", Grant::NotAuthorized),
            ("down/+/#", Grant::NotAuthorized),
            ("#", Grant::NotAuthorized),
            ("up/m1", Grant::NotAuthorized),
            ("$SYS/#", Grant::NotAuthorized),
            ("down/m1/#/x", Grant::Invalid),
            ("down/m1/a+", Grant::Invalid),
            ("", Grant::Invalid),
            ("$share/g/down/m1/#", Grant::Shared),
        ] {
            assert_eq!(rights().may_subscribe(filter, 256), grant, "{filter}");
        }
        assert_eq!(rights().may_subscribe("down/m1/x", 5), Grant::Invalid);
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, expected) in [
            ("down/m1/#", "down/m1", true),
            ("down/m1/#", "down/m1/a/b", true),
            ("down/m1/+", "down/m1/a", true),
            ("down/m1/+", "down/m1/a/b", false),
            ("down/m1/+", "down/m1", false),
            ("down/m1", "down/m1", true),
            ("down/m1", "down/m1/a", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn a_login_holds_no_wildcard() {
        assert!(valid_login("meter-0001") && valid_login("A110000_0001"));
        for login in ["", "a/b", "a+", "#", "a b", "水表", &"x".repeat(65)] {
            assert!(!valid_login(login), "{login}");
        }
    }
}
