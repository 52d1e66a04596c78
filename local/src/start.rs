//! A stack that has started, and its table.

use galley_adapters::{aws::Aws, dynamodb::Table};
use galley_local::{Options, Stack, seed};

/// A stack whose functions have all started, and its keys.
pub(crate) async fn started(options: Options) -> Result<(Stack, seed::Keys), String> {
    let stack = Stack::start(options).await.map_err(|error| describe(&error))?;
    stack.try_functions().await.map_err(|error| describe(&error))?;
    let environment = stack.environment();
    let table = table(|name| environment.get(name).cloned(), stack.table_name())?;
    let keys = seed::dev_keys(stack.folder(), &table).await.map_err(|error| describe(&error))?;
    Ok((stack, keys))
}

/// `get` knows region and credentials, as `AWS_REGION` and the like.
pub(crate) fn table(get: impl Fn(&str) -> Option<String>, name: &str) -> Result<Table, String> {
    let aws = Aws::from_vars(get).map_err(|error| describe(&error))?;
    Ok(Table::new(&aws, name.to_owned()))
}

pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
