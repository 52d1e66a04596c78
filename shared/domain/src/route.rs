//! The one table of routes: which there are, and who may use them. The template, the OpenAPI document and the
//! functions are held against it by tests. What is not here does not exist, and what needs a role is refused without.

use crate::access::Access::{self, Public, System, Tenant};
use crate::access::Role::{Admin, Author, Editor, Viewer};

macro_rules! routes {
    ($($variant:ident $method:literal $path:literal $access:expr;)+) => {
        /// One line of the template's routes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Route {
            $($variant,)+
        }

        impl Route {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn method(self) -> &'static str {
                match self { $(Self::$variant => $method),+ }
            }

            /// As the template writes it, with `{names}`.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path),+ }
            }

            pub const fn access(self) -> Access {
                match self { $(Self::$variant => $access),+ }
            }

            /// API Gateway's route key, e.g. `GET /api/content/tasks`.
            pub fn from_key(key: &str) -> Option<Self> {
                match key {
                    $(concat!($method, " ", $path) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

routes! {
    CreateTask "POST" "/api/content/tasks" Tenant(Author);
    ListDeliveries "GET" "/api/content/tasks/{task_id}/deliveries" Tenant(Viewer);
    Redeliver "POST" "/api/content/tasks/{task_id}/deliveries/{delivery_id}/redeliver" Tenant(Author);
    BulkCreate "POST" "/api/content/tasks/bulk/create" Tenant(Author);
    ListTasks "GET" "/api/content/tasks" Tenant(Viewer);
    GetTask "GET" "/api/content/tasks/{task_id}" Tenant(Viewer);
    ListEvents "GET" "/api/content/tasks/{task_id}/events" Tenant(Viewer);
    ListRevisions "GET" "/api/content/tasks/{task_id}/revisions" Tenant(Viewer);
    StreamTask "GET" "/api/content/tasks/{task_id}/stream" Tenant(Viewer);
    Provenance "GET" "/api/content/tasks/{task_id}/provenance" Tenant(Viewer);
    GetTranscript "GET" "/api/content/tasks/{task_id}/provenance/{call_id}" Tenant(Viewer);
    GetRevision "GET" "/api/content/tasks/{task_id}/revisions/{n}" Tenant(Viewer);
    Usage "GET" "/api/usage" Tenant(Viewer);
    Models "GET" "/api/models" Tenant(Viewer);
    Costs "GET" "/api/costs" Tenant(Viewer);
    Estimate "POST" "/api/content/tasks/estimate" Tenant(Author);
    Approve "POST" "/api/content/tasks/{task_id}/approve" Tenant(Editor);
    Reject "POST" "/api/content/tasks/{task_id}/reject" Tenant(Editor);
    RequestChanges "POST" "/api/content/tasks/{task_id}/request-changes" Tenant(Editor);
    EditDraft "PUT" "/api/content/tasks/{task_id}/draft" Tenant(Author);
    Cancel "POST" "/api/content/tasks/{task_id}/cancel" Tenant(Author);
    Retry "POST" "/api/content/tasks/{task_id}/retry" Tenant(Author);
    Unpublish "POST" "/api/content/tasks/{task_id}/unpublish" Tenant(Editor);
    Publish "POST" "/api/content/tasks/{task_id}/publish" Tenant(Editor);
    BulkUpdate "POST" "/api/content/tasks/bulk/update" Tenant(Author);
    ListPublished "GET" "/api/content/published/{tenant}" Public;
    GetPublished "GET" "/api/content/published/{tenant}/{slug}" Public;
    Webhook "POST" "/api/webhooks/{source}" Public;
    Live "GET" "/health/live" Public;
    Ready "GET" "/health/ready" Public;
    Health "GET" "/api/health" System;
    Metrics "GET" "/metrics" System;
    MakeKey "POST" "/api/admin/keys" Tenant(Admin);
    ListKeys "GET" "/api/admin/keys" Tenant(Admin);
    RevokeKey "DELETE" "/api/admin/keys/{key_id}" Tenant(Admin);
    MakeSource "POST" "/api/admin/webhook-sources" Tenant(Admin);
    ListSources "GET" "/api/admin/webhook-sources" Tenant(Admin);
    RemoveSource "DELETE" "/api/admin/webhook-sources/{source}" Tenant(Admin);
    RotateSource "POST" "/api/admin/webhook-sources/{source}/rotate" Tenant(Admin);
    ShowCallbackSecret "GET" "/api/admin/callback-secret" Tenant(Admin);
    GetLimits "GET" "/api/admin/tenants/{tenant}/limits" System;
    SetLimits "PUT" "/api/admin/tenants/{tenant}/limits" System;
    ListFlags "GET" "/api/admin/flags" System;
    FlagLog "GET" "/api/admin/flags/log" System;
    SetFlag "PUT" "/api/admin/flags/{flag}" System;
    RevertFlag "POST" "/api/admin/flags/{flag}/revert" System;
    GetSettings "GET" "/api/admin/settings" Tenant(Admin);
    PatchSettings "PATCH" "/api/admin/settings" Tenant(Admin);
    ExportData "POST" "/api/privacy/export" Tenant(Admin);
    EraseData "POST" "/api/privacy/erase" Tenant(Admin);
    ListJobs "GET" "/api/privacy/jobs" Tenant(Admin);
    GetJob "GET" "/api/privacy/jobs/{job_id}" Tenant(Admin);
    GetJobPart "GET" "/api/privacy/jobs/{job_id}/parts/{n}" Tenant(Admin);
    PutPerson "PUT" "/api/admin/people/{subject}" Tenant(Admin);
    ListPeople "GET" "/api/admin/people" Tenant(Admin);
    RemovePerson "DELETE" "/api/admin/people/{subject}" Tenant(Admin);
    SignIn "GET" "/api/auth/github/start" Public;
    SignInCallback "GET" "/api/auth/github/callback" Public;
    RefreshSession "POST" "/api/auth/refresh" Public;
    Me "GET" "/api/auth/me" Tenant(Viewer);
    SignOut "POST" "/api/auth/logout" Tenant(Viewer);
    ListStuck "GET" "/api/admin/stuck" System;
    Redrive "POST" "/api/admin/dlq/redrive" System;
    OpenApi "GET" "/api/openapi.json" Public;
    Docs "GET" "/api/docs" Public;
    DocsAsset "GET" "/api/docs/{asset}" Public;
}

impl Route {
    /// The methods that `path` takes, if it is a path of ours.
    pub fn methods_of(path: &str) -> Vec<&'static str> {
        Self::ALL.iter().filter(|route| matches(route.path(), path)).map(|route| route.method()).collect()
    }
}

/// Whether `path` fits `pattern`, segment by segment.
fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if want == have || (want.starts_with('{') && !have.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_no_route() {
        assert_eq!(Route::from_key("DELETE /api/content/tasks"), None);
        assert_eq!(Route::from_key("$default"), None);
    }

    #[test]
    fn every_route_is_found_by_its_key() {
        for route in Route::ALL {
            assert_eq!(Route::from_key(&format!("{} {}", route.method(), route.path())), Some(*route));
        }
    }

    #[test]
    fn a_known_path_tells_its_methods() {
        assert_eq!(Route::methods_of("/api/content/tasks"), ["POST", "GET"]);
        assert_eq!(Route::methods_of("/api/content/tasks/task_1/draft"), ["PUT"]);
        assert!(Route::methods_of("/api/content/tasks/").is_empty());
        assert!(Route::methods_of("/nowhere").is_empty());
    }
}
