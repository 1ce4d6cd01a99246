//! From the options of `flowrun start` to what is scheduled.

use std::path::Path;

use jiff::Timestamp;
use prefect_client::{FlowRunRequest, IdempotencyKey, Parameters, StartTime};
use serde_json::value::RawValue;

use crate::args::Start;
use crate::failure::Failure;
use crate::named_json::{Object, object};
use crate::text_file;

/// No file of parameters or of a run config is longer, in bytes.
const LONGEST_JSON: u64 = 64 << 20;

/// What is scheduled, apart from the flow, in the parts that a dry run shows.
pub(crate) struct Plan {
    pub(crate) parameters: Option<Parameters>,
    pub(crate) context: Option<Object>,
    pub(crate) run_config: Option<Box<RawValue>>,
    pub(crate) labels: Vec<String>,
    pub(crate) run_name: Option<String>,
    pub(crate) start: Option<StartTime>,
    /// The key that was given.
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

impl Plan {
    pub(crate) fn new(options: &Start) -> Result<Self, Failure> {
        Ok(Self {
            parameters: parameters(options)?,
            context: context(options)?,
            run_config: options.run_config.as_deref().map(object_in).transpose()?,
            labels: options.labels.clone(),
            run_name: options.run_name.clone(),
            start: start(options)?,
            idempotency_key: options.idempotency_key.clone().filter(|key| !key.as_str().is_empty()),
        })
    }

    pub(crate) fn request(&self) -> Result<FlowRunRequest, Failure> {
        let mut request = FlowRunRequest::new();
        if let Some(parameters) = &self.parameters {
            request = request.parameters(parameters)?;
        }
        if let Some(context) = &self.context {
            request = request.context(context)?;
        }
        if let Some(run_config) = &self.run_config {
            request = request.run_config(run_config)?;
        }
        if let Some(name) = &self.run_name {
            request = request.run_name(name);
        }
        if let Some(start) = &self.start {
            request = request.start_at(start.clone());
        }
        Ok(self.labels.iter().fold(request, FlowRunRequest::label))
    }
}

fn parameters(options: &Start) -> Result<Option<Parameters>, Failure> {
    let base = match &options.params_file {
        Some(file) => {
            serde_json::from_str(object_in(file)?.get()).map_err(|error| Failure::file(file, &error))?
        }
        None if options.parameters.is_empty() => return Ok(None),
        None => Object::new(),
    };
    let parameters = object(base, &options.parameters)
        .map_err(|name| Failure::usage(format!("the parameter {name} is given twice")))?;
    Ok(Some(Parameters::new(&parameters)?))
}

fn context(options: &Start) -> Result<Option<Object>, Failure> {
    let context = object(Object::new(), &options.context)
        .map_err(|name| Failure::usage(format!("the context's {name} is given twice")))?;
    Ok(Some(context).filter(|context| !context.is_empty()))
}

fn start(options: &Start) -> Result<Option<StartTime>, Failure> {
    let Some(delay) = options.delay else { return Ok(options.at.clone()) };
    let start = Timestamp::now().checked_add(delay).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Some(start.into()))
}

/// The JSON object in a file, as it is.
fn object_in(file: &Path) -> Result<Box<RawValue>, Failure> {
    let text = text_file::read(file, LONGEST_JSON)?;
    let json: Box<RawValue> = serde_json::from_str(&text).map_err(|error| Failure::file(file, &error))?;
    match json.get().starts_with('{') {
        true => Ok(json),
        false => Err(Failure::usage(format!("the file {} holds no JSON object", file.display()))),
    }
}
