//! Contact records in objects of S3.

use super::*;

/// A tracker that reads objects of a folder, and that folder.
async fn centre(objects: &[(&str, Vec<u8>)]) -> (Centre, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (key, body) in objects {
        let path = folder.path().join("theirs").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body).unwrap();
    }
    let mut centre = Centre::open().await;
    centre.tracker = centre.tracker.reading(ObjectStore::folder(folder.path()));
    (centre, folder)
}

fn notifications<const N: usize>(keys: [&str; N]) -> String {
    let body = |key: &str| json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {"bucket": {"name": "theirs"}, "object": {"key": key}}});
    let messages = keys.iter().map(|key| json!({"messageId": key, "body": body(key).to_string()}));
    json!({"Records": messages.collect::<Value>()}).to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// More than a batch, one after the other as a delivery stream writes them, and a line that is none.
#[tokio::test]
async fn records_of_an_object_are_followed_plain_or_gzip() {
    let many: String = (0..1200).map(|n| contact_record(&format!("many-{n}"))).collect();
    let plain = format!("{}\nno record\n{}", contact_record("a"), contact_record("b"));
    let (centre, _folder) = centre(&[("ctr/many.gz", gzip(&many)), ("ctr/plain", plain.into_bytes())]).await;
    let handled = centre.handle(&notifications(["ctr/many.gz", "ctr/plain"])).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    let counts = [Metric::Objects, Metric::ContactRecords, Metric::ContactsWritten, Metric::MessagesFailed];
    assert_eq!(counts.map(|metric| handled.metrics.get(metric)), [2, 1202, 1202, 0]);
    for contact in ["a", "b", "many-0", "many-1199"] {
        centre.status(contact).await;
    }
}

#[tokio::test]
async fn an_object_of_columns_or_that_is_not_there_fails_its_message_alone() {
    let columns = [("ctr/p.parquet", b"PAR1....PAR1".to_vec()), ("ctr/o.orc", b"ORC....".to_vec())];
    let whole = [("ctr/a", contact_record("a").into_bytes())];
    let (centre, _folder) = centre(&[&columns[..], &whole].concat()).await;
    let handled = centre.handle(&notifications(["ctr/p.parquet", "ctr/o.orc", "ctr/gone", "ctr/a"])).await;
    let failed = ["ctr/p.parquet", "ctr/o.orc", "ctr/gone"].map(str::to_owned);
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::failed(failed)));
    assert_eq!(handled.metrics.get(Metric::MessagesFailed), 3);
    centre.status("a").await;
}

#[tokio::test]
async fn records_of_other_instances_in_an_object_are_passed_over() {
    let ours = "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
    let of = |contact: &str, instance: &str| {
        contact_record(contact).replacen('{', &format!(r#"{{"InstanceARN":"{instance}","#), 1)
    };
    let body = of("a", ours) + &of("b", &ours.replace("-8000-", "-9000-"));
    let (mut centre, _folder) = centre(&[("ctr/both", body.into_bytes())]).await;
    centre.tracker = centre.tracker.serving(ours.parse().unwrap());
    let handled = centre.handle(&notifications(["ctr/both"])).await;
    let counts = [Metric::ContactsWritten, Metric::RecordsOfOtherInstances];
    assert_eq!(counts.map(|metric| handled.metrics.get(metric)), [1, 1]);
}

#[tokio::test]
async fn without_a_store_of_objects_a_notification_is_no_message() {
    let centre = Centre::open().await;
    let handled = centre.handle(&notifications(["ctr/a"])).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::failed(["ctr/a".to_owned()])));
}
