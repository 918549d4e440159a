//! Speech over SSIP: against a service written by hand, and against the real speech-dispatcher
//! in a folder of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use drivers::speech::{Speaker, SpeechSettings};

/// A bound against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers as speech-dispatcher does and passes on each line it gets.
fn service(socket: &Path) -> Receiver<String> {
    let listener = UnixListener::bind(socket).unwrap();
    let (lines, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut answers = stream.try_clone().unwrap();
            let mut in_text = false;
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { break };
                let answer = match line.as_str() {
                    "." if in_text => "225-21\r\n225 OK MESSAGE QUEUED\r\n",
                    _ if in_text => "",
                    "SPEAK" => "230 OK RECEIVING DATA\r\n",
                    "SET SELF SYNTHESIS_VOICE nobody" => "409 ERR NO SUCH VOICE\r\n",
                    _ => "208 OK\r\n",
                };
                in_text = line == "SPEAK" || (in_text && line != ".");
                lines.send(line).unwrap();
                answers.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    received
}

fn settings(socket: &Path) -> SpeechSettings {
    SpeechSettings { on: true, socket: Some(socket.to_owned()), ..SpeechSettings::default() }
}

#[test]
fn a_prompt_is_sent_with_the_language_module_and_voice_of_the_site() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("speechd.sock");
    let received = service(&socket);
    let chosen = SpeechSettings {
        module: Some("espeak-ng".to_owned()),
        voice: Some("Mandarin".to_owned()),
        ..settings(&socket)
    };
    let speaker = Speaker::start(chosen);
    speaker.say("请取回证件");
    let expected = [
        "SET SELF CLIENT_NAME user:suishen-counter:window",
        "SET SELF OUTPUT_MODULE espeak-ng",
        "SET SELF LANGUAGE zh",
        "SET SELF SYNTHESIS_VOICE Mandarin",
        "CANCEL SELF",
        "SPEAK",
        "请取回证件",
        ".",
    ];
    for line in expected {
        assert_eq!(received.recv_timeout(PATIENCE).unwrap(), line);
    }
}

#[test]
fn without_the_service_nothing_waits_and_once_it_is_there_the_next_prompt_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("speechd.sock");
    let speaker = Speaker::start(settings(&socket));
    speaker.say("one");
    let received = service(&socket);
    let begin = Instant::now();
    loop {
        speaker.say("two");
        match received.recv_timeout(Duration::from_millis(100)) {
            Ok(line) if line == "two" => return,
            _ => assert!(begin.elapsed() < PATIENCE, "the prompt is not said"),
        }
    }
}

#[test]
fn a_setting_cannot_become_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("speechd.sock");
    let received = service(&socket);
    let evil = SpeechSettings { module: Some("x\r\nSTOP ALL".to_owned()), ..settings(&socket) };
    let speaker = Speaker::start(evil);
    speaker.say("one");
    drop(speaker);
    let lines: Vec<_> = std::iter::from_fn(|| received.recv_timeout(Duration::from_secs(1)).ok()).collect();
    assert_eq!(lines, ["SET SELF CLIENT_NAME user:suishen-counter:window"]);
}

/// The real service, with its dummy module and without a loudspeaker, in a folder of its own.
struct Dispatcher(Child);

impl Drop for Dispatcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dispatcher(folder: &Path, socket: &Path) -> Dispatcher {
    let config = folder.join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("speechd.conf"),
        "LogLevel 5\nAudioOutputMethod \"libao\"\nAddModule \"dummy\" \"sd_dummy\" \"\"\nDefaultModule dummy\n",
    )
    .unwrap();
    std::fs::write(folder.join(".libao"), "default_driver=null\n").unwrap();
    let mut command = Command::new("speech-dispatcher");
    command.args(["--run-single", "--communication-method", "unix_socket", "--socket-path"]).arg(socket);
    command.arg("--config-dir").arg(&config).arg("--log-dir").arg(folder);
    command.arg("--pid-file").arg(folder.join("pid"));
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).stdout(Stdio::null()).stderr(Stdio::null());
    Dispatcher(command.spawn().expect("speech-dispatcher, which make setup installs"))
}

#[test]
fn the_real_speech_dispatcher_takes_the_prompts() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("speechd.sock");
    let _dispatcher = dispatcher(folder.path(), &socket);
    let speaker = Speaker::start(settings(&socket));
    let log = folder.path().join("speech-dispatcher.log");
    let begin = Instant::now();
    loop {
        speaker.say("请将证件放在读卡器上");
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        if said.contains("请将证件放在读卡器上") {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "the service did not get the prompt: {said}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
