//! The one table of routes: which there are, and who may use them. The template, the OpenAPI document and the
//! functions are held against it by tests. What is not here does not exist, and what needs a role is refused without.
//! A row is a method, a path, who may, in which class it is counted, and which parameters its query takes.

use crate::access::{
    limits::RateClass,
    role::{
        Access::{self, Public, System, Tenant},
        Forbidden, Principal,
        Role::{Admin, Author, Editor, Viewer},
    },
};

/// What may stand in a route's query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Anything else is refused by its name.
    Only(&'static [&'static str]),
    /// Whatever comes: what an OAuth provider adds to its answer is to be ignored (RFC 6749, 4.1.2).
    Any,
}

use Query::{Any, Only};

const NONE: Query = Only(&[]);
const PAGE: Query = Only(&["limit", "cursor"]);

macro_rules! routes {
    ($($variant:ident $method:literal $path:literal $access:tt$(($role:ident))? $class:ident $query:tt$(($names:expr))?;)+) => {
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

            /// Whether `If-Match` is honoured: what changes one task compares its version. Nothing else has one.
            pub const fn takes_if_match(self) -> bool {
                matches!(
                    self,
                    Self::Approve
                        | Self::Reject
                        | Self::RequestChanges
                        | Self::EditDraft
                        | Self::Cancel
                        | Self::Retry
                        | Self::Unpublish
                        | Self::Publish
                )
            }

            /// As the template writes it, with `{names}`.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path),+ }
            }

            pub const fn access(self) -> Access {
                match self { $(Self::$variant => $access$(($role))?),+ }
            }

            /// The window that a request of this route is counted in.
            pub const fn class(self) -> RateClass {
                match self { $(Self::$variant => RateClass::$class),+ }
            }

            pub const fn query(self) -> Query {
                match self { $(Self::$variant => $query$(($names))?),+ }
            }

            /// API Gateway's route key, e.g. `GET /api/content/tasks`. A HEAD asks for what a GET would say
            /// (RFC 9110, 9.3.2) and is the same route.
            pub fn from_key(key: &str) -> Option<Self> {
                match key.strip_prefix("HEAD ") {
                    Some(path) => Self::of("GET", path),
                    None => key.split_once(' ').and_then(|(method, path)| Self::of(method, path)),
                }
            }

            fn of(method: &str, path: &str) -> Option<Self> {
                match (method, path) {
                    $(($method, $path) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

routes! {
    CreateTask "POST" "/api/content/tasks" Tenant(Author) Create NONE;
    ListDeliveries "GET" "/api/content/tasks/{task_id}/deliveries" Tenant(Viewer) Read PAGE;
    Redeliver "POST" "/api/content/tasks/{task_id}/deliveries/{delivery_id}/redeliver" Tenant(Author) Redeliver NONE;
    BulkCreate "POST" "/api/content/tasks/bulk/create" Tenant(Author) Bulk NONE;
    ListTasks "GET" "/api/content/tasks" Tenant(Viewer) Read Only(&["limit", "cursor", "status", "task_type"]);
    GetTask "GET" "/api/content/tasks/{task_id}" Tenant(Viewer) Read NONE;
    ListEvents "GET" "/api/content/tasks/{task_id}/events" Tenant(Viewer) Read PAGE;
    ListRevisions "GET" "/api/content/tasks/{task_id}/revisions" Tenant(Viewer) Read PAGE;
    StreamTask "GET" "/api/content/tasks/{task_id}/stream" Tenant(Viewer) Read NONE;
    Provenance "GET" "/api/content/tasks/{task_id}/provenance" Tenant(Viewer) Read PAGE;
    GetTranscript "GET" "/api/content/tasks/{task_id}/provenance/{call_id}" Tenant(Viewer) Read NONE;
    GetRevision "GET" "/api/content/tasks/{task_id}/revisions/{n}" Tenant(Viewer) Read NONE;
    Usage "GET" "/api/usage" Tenant(Viewer) Read NONE;
    Models "GET" "/api/models" Tenant(Viewer) Read NONE;
    Costs "GET" "/api/costs" Tenant(Viewer) Read Only(&["by", "from", "to"]);
    Estimate "POST" "/api/content/tasks/estimate" Tenant(Author) Estimate NONE;
    Approve "POST" "/api/content/tasks/{task_id}/approve" Tenant(Editor) Decide NONE;
    Reject "POST" "/api/content/tasks/{task_id}/reject" Tenant(Editor) Decide NONE;
    RequestChanges "POST" "/api/content/tasks/{task_id}/request-changes" Tenant(Editor) Create NONE;
    EditDraft "PUT" "/api/content/tasks/{task_id}/draft" Tenant(Author) Edit NONE;
    Cancel "POST" "/api/content/tasks/{task_id}/cancel" Tenant(Author) Decide NONE;
    Retry "POST" "/api/content/tasks/{task_id}/retry" Tenant(Author) Create NONE;
    Unpublish "POST" "/api/content/tasks/{task_id}/unpublish" Tenant(Editor) Decide NONE;
    Publish "POST" "/api/content/tasks/{task_id}/publish" Tenant(Editor) Decide NONE;
    BulkUpdate "POST" "/api/content/tasks/bulk/update" Tenant(Author) Bulk NONE;
    ListPublished "GET" "/api/content/published/{tenant}" Public Open PAGE;
    GetPublished "GET" "/api/content/published/{tenant}/{slug}" Public Open NONE;
    Webhook "POST" "/api/webhooks/{source}" Public Webhook NONE;
    TenantWebhook "POST" "/api/webhooks/{tenant}/{source}" Public Webhook NONE;
    Live "GET" "/health/live" Public Open NONE;
    Ready "GET" "/health/ready" Public Open NONE;
    Health "GET" "/api/health" System Read NONE;
    Metrics "GET" "/metrics" System Read NONE;
    MakeKey "POST" "/api/admin/keys" Tenant(Admin) Admin NONE;
    ListKeys "GET" "/api/admin/keys" Tenant(Admin) Admin PAGE;
    RevokeKey "DELETE" "/api/admin/keys/{key_id}" Tenant(Admin) Admin NONE;
    MakeSource "POST" "/api/admin/webhook-sources" Tenant(Admin) Admin NONE;
    ListSources "GET" "/api/admin/webhook-sources" Tenant(Admin) Admin PAGE;
    RemoveSource "DELETE" "/api/admin/webhook-sources/{source}" Tenant(Admin) Admin NONE;
    ListReceipts "GET" "/api/admin/webhook-sources/{source}/receipts" Tenant(Admin) Admin PAGE;
    RotateSource "POST" "/api/admin/webhook-sources/{source}/rotate" Tenant(Admin) Admin NONE;
    ShowCallbackSecret "GET" "/api/admin/callback-secret" Tenant(Admin) Admin NONE;
    GetLimits "GET" "/api/admin/tenants/{tenant}/limits" System Admin NONE;
    SetLimits "PUT" "/api/admin/tenants/{tenant}/limits" System Admin NONE;
    CorrectCall "PUT" "/api/admin/tasks/{task_id}/calls/{call_id}" System Admin NONE;
    ListFlags "GET" "/api/admin/flags" System Admin NONE;
    FlagLog "GET" "/api/admin/flags/log" System Admin PAGE;
    SetFlag "PUT" "/api/admin/flags/{flag}" System Admin NONE;
    RevertFlag "POST" "/api/admin/flags/{flag}/revert" System Admin NONE;
    GetSettings "GET" "/api/admin/settings" Tenant(Admin) Admin NONE;
    PatchSettings "PATCH" "/api/admin/settings" Tenant(Admin) Admin NONE;
    ExportData "POST" "/api/privacy/export" Tenant(Admin) Admin NONE;
    EraseData "POST" "/api/privacy/erase" Tenant(Admin) Admin NONE;
    ListJobs "GET" "/api/privacy/jobs" Tenant(Admin) Admin PAGE;
    GetJob "GET" "/api/privacy/jobs/{job_id}" Tenant(Admin) Admin NONE;
    GetJobPart "GET" "/api/privacy/jobs/{job_id}/parts/{n}" Tenant(Admin) Admin NONE;
    PutPerson "PUT" "/api/admin/people/{subject}" Tenant(Admin) Admin NONE;
    ListPeople "GET" "/api/admin/people" Tenant(Admin) Admin PAGE;
    RemovePerson "DELETE" "/api/admin/people/{subject}" Tenant(Admin) Admin NONE;
    SignIn "GET" "/api/auth/github/start" Public Auth Only(&["tenant"]);
    SignInCallback "GET" "/api/auth/github/callback" Public Auth Any;
    RefreshSession "POST" "/api/auth/refresh" Public Auth NONE;
    Me "GET" "/api/auth/me" Tenant(Viewer) Read NONE;
    SignOut "POST" "/api/auth/logout" Tenant(Viewer) Read NONE;
    ListStuck "GET" "/api/admin/stuck" System Admin Only(&["limit"]);
    ListEnded "GET" "/api/admin/ended" System Admin PAGE;
    RedriveEnded "POST" "/api/admin/ended/{ended_id}/redrive" System Admin NONE;
    Redrive "POST" "/api/admin/dlq/redrive" System Admin NONE;
    OpenApi "GET" "/api/openapi.json" Public Open NONE;
    Docs "GET" "/api/docs" Public Open NONE;
    DocsAsset "GET" "/api/docs/{asset}" Public Open NONE;
}

impl Route {
    /// The methods that `path` takes, if it is a path of ours.
    pub fn methods_of(path: &str) -> Vec<&'static str> {
        let routes = Self::ALL.iter().filter(|route| matches(route.path(), path));
        routes.flat_map(|route| route.methods()).copied().collect()
    }

    /// What it is asked by.
    pub fn methods(self) -> &'static [&'static str] {
        match self.method() {
            "GET" => &["GET", "HEAD"],
            "POST" => &["POST"],
            "PUT" => &["PUT"],
            "PATCH" => &["PATCH"],
            _ => &["DELETE"],
        }
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

impl Principal {
    /// # Errors
    /// `Forbidden` when the route asks for more than this principal is.
    pub fn may(&self, route: Route) -> Result<(), Forbidden> {
        let allowed = match route.access() {
            Public => true,
            Tenant(least) => self.role >= least,
            System => self.is_operator(),
        };
        if allowed { Ok(()) } else { Err(Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::role::Role,
        kernel::ids::{Subject, TenantId},
    };

    #[test]
    fn an_unknown_key_is_no_route() {
        assert_eq!(Route::from_key("DELETE /api/content/tasks"), None);
        assert_eq!(Route::from_key("$default"), None);
    }

    #[test]
    fn every_route_is_found_by_its_key() {
        for route in Route::ALL {
            for method in route.methods() {
                assert_eq!(Route::from_key(&format!("{method} {}", route.path())), Some(*route));
            }
            assert!(route.methods().contains(&route.method()));
        }
        assert_eq!(Route::from_key("HEAD /api/content/tasks/bulk/create"), None);
    }

    /// Whom nobody knows is counted by source, by address, or by the gateway alone; everyone else as a principal.
    #[test]
    fn no_route_of_a_principal_is_counted_nowhere() {
        use RateClass::{Auth, Open, Webhook};
        for route in Route::ALL {
            let of_nobody = matches!(route.class(), Open | Webhook | Auth);
            assert_eq!(of_nobody, route.access() == Public, "{route:?}");
            let reads = route.method() == "GET";
            assert!(
                reads || ![RateClass::Read, Open].contains(&route.class()) || *route == Route::SignOut,
                "{route:?}"
            );
        }
    }

    #[test]
    fn what_begins_a_generation_counts_as_a_creation() {
        for route in [Route::CreateTask, Route::Retry, Route::RequestChanges] {
            assert_eq!(route.class(), RateClass::Create, "{route:?}");
        }
    }

    #[test]
    fn a_known_path_tells_its_methods() {
        assert_eq!(Route::methods_of("/api/content/tasks"), ["POST", "GET", "HEAD"]);
        assert_eq!(Route::methods_of("/api/content/tasks/task_1/draft"), ["PUT"]);
        assert!(Route::methods_of("/api/content/tasks/").is_empty());
        assert!(Route::methods_of("/nowhere").is_empty());
    }

    fn principal(tenant: &str, role: Role) -> Principal {
        Principal { tenant: TenantId::new(tenant).unwrap(), subject: Subject::new("ana").unwrap(), role }
    }

    #[test]
    fn a_viewer_decides_nothing() {
        let viewer = principal("acme", Viewer);
        let writes = |route: &&Route| route.method() != "GET" && route.access() != Public;
        for route in Route::ALL.iter().filter(writes).filter(|route| **route != Route::SignOut) {
            assert_eq!(viewer.may(*route), Err(Forbidden), "{route:?}");
        }
        assert_eq!(viewer.may(Route::GetTask), Ok(()));
    }

    #[test]
    fn only_the_system_tenants_admin_sees_what_crosses_tenants() {
        assert_eq!(principal("acme", Admin).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Editor).may(Route::Health), Err(Forbidden));
        assert_eq!(principal("system", Admin).may(Route::Health), Ok(()));
    }

    #[test]
    fn an_author_edits_but_does_not_decide() {
        let author = principal("acme", Author);
        assert_eq!(author.may(Route::EditDraft), Ok(()));
        assert_eq!(author.may(Route::Approve), Err(Forbidden));
    }
}
