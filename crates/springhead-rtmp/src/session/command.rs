//! Commands (Adobe RTMP 1.0 §7.2): those of the specification, and those that encoders send besides.

use springhead_core::MonoTime;

use super::capabilities::Capabilities;
use super::event::{CloseReason, Connect, Event, Publish, RequestId};
use super::status::{Status, StatusCode};
use super::{CHUNK_BYTES, Publishing, Session, WINDOW_BYTES};
use crate::address::Address;
use crate::chunk::Message;
use springhead_mux::flv::amf0::{self, Value};

/// A command's transaction; 0 wants no answer (§7.1.1).
#[derive(Clone, Copy)]
struct Transaction(u32);

impl Session {
    pub(super) fn handle_command(&mut self, stream: u32, values: &[u8], now: MonoTime) -> Result<(), CloseReason> {
        let values = amf0::read(values, self.limits.amf0)?;
        let mut values = values.into_iter();
        let name = values.next().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let transaction = Transaction(values.next().and_then(|value| value.as_u32()).unwrap_or(0));
        let object = values.next().unwrap_or(Value::Null);
        let argument = values.next().unwrap_or(Value::Null);
        // Answers to nothing: this side asks nothing by command.
        if matches!(name.as_str(), "_result" | "_error" | "onStatus") {
            return Ok(());
        }
        if (name == "connect") != self.connect.is_none() {
            return Err(CloseReason::OutOfOrder(name.chars().take(64).collect()));
        }
        match name.as_str() {
            "connect" => self.on_connect(transaction, &object),
            "createStream" => self.on_create_stream(transaction),
            "publish" => self.on_publish(stream, argument.as_str().unwrap_or_default()),
            // deleteStream names the stream, closeStream is sent on it.
            "deleteStream" => self.unpublish(argument.as_u32().unwrap_or(stream), now),
            "closeStream" => self.unpublish(stream, now),
            "releaseStream" => self.reply(transaction, Value::Null, Value::Undefined),
            "FCPublish" => {
                self.reply(transaction, Value::Null, Value::Undefined);
                let status = Status::new(StatusCode::PublishStart, argument.as_str().unwrap_or_default());
                self.send_fc("onFCPublish", &status);
            }
            "FCUnpublish" => {
                self.reply(transaction, Value::Null, Value::Undefined);
                let status = Status::new(StatusCode::UnpublishSuccess, argument.as_str().unwrap_or_default());
                self.send_fc("onFCUnpublish", &status);
                if let Some(stream) = self.publishing.stream() {
                    self.unpublish(stream, now);
                }
            }
            "play" | "play2" => {
                let description = "nothing is played over RTMP here: use HLS or DASH";
                self.send_status(stream, &Status::new(StatusCode::PlayFailed, description));
            }
            _ => {
                self.counters.unknown_commands += 1;
                self.reply_error(transaction, "the command is not known");
            }
        }
        Ok(())
    }

    fn on_connect(&mut self, transaction: Transaction, object: &Value) {
        let text = |name| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let connect = Connect {
            app: text("app"),
            tc_url: text("tcUrl"),
            agent: text("flashVer"),
            capabilities: Capabilities::parse(object),
        };
        self.send_control(&Message::window_ack_size(WINDOW_BYTES));
        self.send_control(&Message::set_peer_bandwidth(WINDOW_BYTES));
        self.send_control(&Message::set_chunk_size(CHUNK_BYTES));
        self.writer.set_chunk_size(CHUNK_BYTES);

        // Clients look at the shape of the version only; this one says what RTMP 1.0 servers say.
        let mut properties = vec![("fmsVer", Value::from("FMS/3,0,1,123")), ("capabilities", Value::from(31))];
        if connect.capabilities.is_some() {
            properties.extend(Capabilities::ours());
        }
        let mut info = Status::new(StatusCode::ConnectSuccess, "connected").properties();
        info.push(("objectEncoding", Value::from(0)));
        self.reply(transaction, Value::object(properties), Value::object(info));
        self.connect = Some(connect.clone());
        self.events.push_back(Event::Connect(connect));
    }

    fn on_create_stream(&mut self, transaction: Transaction) {
        if self.net_streams == self.limits.net_streams {
            return self.reply_error(transaction, "too many streams");
        }
        self.net_streams += 1;
        self.reply(transaction, Value::Null, Value::from(self.net_streams));
    }

    fn on_publish(&mut self, stream: u32, name: &str) {
        let Some(connect) = &self.connect else { return };
        let refusal = if self.publishing != Publishing::Nothing {
            "one connection publishes one broadcast"
        } else if !(1..=self.net_streams).contains(&stream) {
            "createStream comes before publish"
        } else {
            self.requests += 1;
            let request = RequestId(self.requests);
            let address = Address::new(&connect.app, &connect.tc_url, name);
            self.publishing = Publishing::Asked { request, stream };
            self.events.push_back(Event::Publish(Publish { request, address }));
            return;
        };
        self.send_status(stream, &Status::new(StatusCode::PublishBadName, refusal));
    }

    fn unpublish(&mut self, stream: u32, now: MonoTime) {
        if let Publishing::Live { request, stream: published } = self.publishing
            && published == stream
        {
            self.publishing = Publishing::Nothing;
            self.reader.accept_media(false);
            self.waiting_since = now;
            self.send_status(stream, &Status::new(StatusCode::UnpublishSuccess, "the publish has ended"));
            self.events.push_back(Event::Unpublish(request));
        }
    }

    fn reply(&mut self, transaction: Transaction, object: Value, result: Value) {
        if transaction.0 != 0 {
            self.send_command(0, &[Value::from("_result"), Value::from(transaction.0), object, result]);
        }
    }

    fn reply_error(&mut self, transaction: Transaction, description: &str) {
        if transaction.0 != 0 {
            let info = Value::object(Status::new(StatusCode::CallFailed, description).properties());
            self.send_command(0, &[Value::from("_error"), Value::from(transaction.0), Value::Null, info]);
        }
    }

    /// The answers to FCPublish and FCUnpublish, which are calls of their own.
    fn send_fc(&mut self, name: &str, status: &Status) {
        let info = Value::object(status.properties());
        self.send_command(0, &[Value::from(name), Value::from(0), Value::Null, info]);
    }
}
