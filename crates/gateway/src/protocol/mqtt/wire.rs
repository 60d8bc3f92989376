//! Packets of both versions, built with `mqtt-protocol-core`.

use super::config::Config;
use super::session::{Ack, Rejection};
use super::topic::Grant;
use mqtt_protocol_core::mqtt::packet::{
    AssignedClientIdentifier, MaximumQos, Packet, Property, Qos, RetainAvailable, ServerKeepAlive,
    SessionExpiryInterval, SharedSubscriptionAvailable, SubscriptionIdentifierAvailable, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, MqttError, PubackReasonCode,
    SubackReasonCode, SubackReturnCode, UnsubackReasonCode,
};

/// What an accepted client is told about the server.
pub struct Welcome<'a> {
    /// The id that the server chose, when the client sent none.
    pub assigned: Option<&'a str>,
    /// The keep-alive that holds, when it is not the client's own.
    pub keep_alive_s: Option<u16>,
}

/// CONNACK of success. The core adds its packet size and receive limits in version 5.
pub fn accepted(five: bool, welcome: &Welcome<'_>) -> Result<Packet, MqttError> {
    if !five {
        let builder =
            v3_1_1::Connack::builder().session_present(false).return_code(ConnectReturnCode::Accepted);
        return Ok(builder.build()?.into());
    }
    let mut props: Vec<Property> = vec![
        MaximumQos::new(1)?.into(),
        RetainAvailable::new(0)?.into(),
        SessionExpiryInterval::new(0)?.into(),
        SharedSubscriptionAvailable::new(0)?.into(),
        SubscriptionIdentifierAvailable::new(0)?.into(),
    ];
    if let Some(id) = welcome.assigned {
        props.push(AssignedClientIdentifier::new(id)?.into());
    }
    if let Some(seconds) = welcome.keep_alive_s {
        props.push(ServerKeepAlive::new(seconds)?.into());
    }
    let builder = v5_0::Connack::builder().session_present(false).reason_code(ConnectReasonCode::Success);
    Ok(builder.props(props).build()?.into())
}

/// CONNACK of refusal; 3.1.1 has no word for some reasons, then there is none and the connection is closed.
pub fn rejected(five: bool, why: Rejection) -> Result<Option<Packet>, MqttError> {
    if five {
        let code = match why {
            Rejection::Credentials => ConnectReasonCode::BadUserNameOrPassword,
            Rejection::Held => ConnectReasonCode::NotAuthorized,
            Rejection::Busy => ConnectReasonCode::ServerBusy,
            Rejection::Will => ConnectReasonCode::ImplementationSpecificError,
            Rejection::Method => ConnectReasonCode::BadAuthenticationMethod,
        };
        return Ok(Some(v5_0::Connack::builder().session_present(false).reason_code(code).build()?.into()));
    }
    let code = match why {
        Rejection::Credentials => ConnectReturnCode::BadUserNameOrPassword,
        Rejection::Held => ConnectReturnCode::NotAuthorized,
        Rejection::Busy => ConnectReturnCode::ServerUnavailable,
        Rejection::Will | Rejection::Method => return Ok(None),
    };
    Ok(Some(v3_1_1::Connack::builder().session_present(false).return_code(code).build()?.into()))
}

/// PUBACK; 3.1.1 can say only success.
pub fn puback(five: bool, packet_id: u16, ack: Ack) -> Result<Option<Packet>, MqttError> {
    if !five {
        let success = ack == Ack::Durable;
        return success
            .then(|| v3_1_1::Puback::builder().packet_id(packet_id).build().map(Into::into))
            .transpose();
    }
    let code = match ack {
        Ack::Durable => PubackReasonCode::Success,
        Ack::NotAuthorized => PubackReasonCode::NotAuthorized,
        Ack::Payload => PubackReasonCode::PayloadFormatInvalid,
        Ack::Quota => PubackReasonCode::QuotaExceeded,
        Ack::Failed => PubackReasonCode::UnspecifiedError,
    };
    Ok(Some(v5_0::Puback::builder().packet_id(packet_id).reason_code(code).build()?.into()))
}

/// SUBACK with one code for each wish.
pub fn suback(five: bool, packet_id: u16, grants: &[Grant]) -> Result<Packet, MqttError> {
    if five {
        let code = |grant: &Grant| match grant {
            Grant::Granted => SubackReasonCode::GrantedQos0,
            Grant::NotAuthorized => SubackReasonCode::NotAuthorized,
            Grant::Invalid => SubackReasonCode::TopicFilterInvalid,
            Grant::Shared => SubackReasonCode::SharedSubscriptionsNotSupported,
        };
        let codes: Vec<_> = grants.iter().map(code).collect();
        return Ok(v5_0::Suback::builder().packet_id(packet_id).reason_codes(codes).build()?.into());
    }
    let code = |grant: &Grant| match grant {
        Grant::Granted => SubackReturnCode::SuccessMaximumQos0,
        _ => SubackReturnCode::Failure,
    };
    let codes: Vec<_> = grants.iter().map(code).collect();
    Ok(v3_1_1::Suback::builder().packet_id(packet_id).return_codes(codes).build()?.into())
}

/// UNSUBACK; `existed` says for each filter whether there was such a subscription.
pub fn unsuback(five: bool, packet_id: u16, existed: &[bool]) -> Result<Packet, MqttError> {
    if !five {
        return Ok(v3_1_1::Unsuback::builder().packet_id(packet_id).build()?.into());
    }
    let code = |existed: &bool| match existed {
        true => UnsubackReasonCode::Success,
        false => UnsubackReasonCode::NoSubscriptionExisted,
    };
    let codes: Vec<_> = existed.iter().map(code).collect();
    Ok(v5_0::Unsuback::builder().packet_id(packet_id).reason_codes(codes).build()?.into())
}

/// DISCONNECT from the server; only version 5 has it.
pub fn disconnect(five: bool, code: DisconnectReasonCode) -> Result<Option<Packet>, MqttError> {
    if !five {
        return Ok(None);
    }
    Ok(Some(v5_0::Disconnect::builder().reason_code(code).build()?.into()))
}

/// A message to the device at QoS 0.
pub fn publish(five: bool, topic: &str, payload: &[u8]) -> Result<Packet, MqttError> {
    if five {
        let builder = v5_0::Publish::builder().topic_name(topic)?.qos(Qos::AtMostOnce);
        return Ok(builder.payload(payload.to_vec()).build()?.into());
    }
    let builder = v3_1_1::Publish::builder().topic_name(topic)?.qos(Qos::AtMostOnce);
    Ok(builder.payload(payload.to_vec()).build()?.into())
}

/// The limits that the core itself guards.
pub fn options(config: &Config) -> mqtt_protocol_core::mqtt::connection::ConnectionOptions {
    mqtt_protocol_core::mqtt::connection::ConnectionOptions::new()
        .maximum_packet_size_recv(config.packet_bytes_max.clamp(1024, 1 << 20))
        .receive_maximum(config.receive_max.max(1))
}
