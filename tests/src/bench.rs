//! Benchmarks of functions: instructions, time, memory and size, for Galley and for the programs that it is compared with.

pub mod growth;
pub mod load;
pub mod process;
pub mod runtime;
pub mod subjects;

use std::{path::Path, process::Command, time::Duration};

use crate::{Galley, options};

/// The median.
pub fn median<T: Ord + Copy>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all[all.len() / 2]
}

pub fn median_of(all: Vec<f64>) -> f64 {
    let mut all = all;
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The size of a file in a zip archive, as it is uploaded to Lambda.
pub fn zipped(file: &Path) -> u64 {
    let code = "import io,sys,zipfile\nb=io.BytesIO()\nz=zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED,compresslevel=9)\n\
                z.write(sys.argv[1],'bootstrap')\nz.close()\nprint(len(b.getvalue()))";
    let output = Command::new("python3").arg("-c").arg(code).arg(file).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// A stack with limits and throttles that never apply, because the benchmark measures what comes after them. With `deliver`, its
/// functions get the queues' messages.
pub async fn unthrottled(deliver: bool) -> Galley {
    let mut options = options();
    for name in ["CreatePerMinute", "ReadPerMinute", "WebhooksPerMinute", "UserTasksPerDay", "OrgTasksPerDay"] {
        options.parameters.insert(name.to_owned(), "4000000".to_owned());
    }
    options.deliver = deliver;
    let template = std::fs::read_to_string(&options.template).unwrap();
    let lifted = template.lines().map(|line| match line.split_once("Limit: ") {
        Some((name, _)) if name.trim_start().starts_with("Throttling") => format!("{name}Limit: 10000\n"),
        _ => format!("{line}\n"),
    });
    let folder = tempfile::tempdir().unwrap();
    options.template = folder.path().join("template.yaml");
    std::fs::write(&options.template, lifted.collect::<String>()).unwrap();
    Galley::with(options).await
}
