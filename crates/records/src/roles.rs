//! Roles of people on a database server: who may read what.

use switchboard_sql::{SqlError, dialect::Dialect, statement::Statement};
use tokio::time::Instant;

use crate::{
    RecordTables,
    migrations::{MIGRATIONS, PERSONAL, public_relations},
    recomputation::one_at_a_time,
};

/// Reads everything that holds nothing personal of a customer.
const READER: &str = "reader";
/// Reads everything.
const INVESTIGATOR: &str = "investigator";

/// Any number, the same for all that grant: the server refuses two at once.
const LOCK: &str = "1414213562";

impl RecordTables {
    /// Makes the roles `reader` and `investigator` of a PostgreSQL server, and gives them their rights on these tables and views.
    /// Logins are given a role by the server's owner: `GRANT reader TO quicksight`; those that have one run without `jit`. An SQLite
    /// file has no roles.
    ///
    /// It has to be done by the tables' owner, after [`migrate`](Self::migrate), and again after each migration.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn grant_roles(&self, deadline: Instant) -> Result<(), SqlError> {
        if self.database().dialect() == Dialect::Sqlite {
            return Ok(());
        }
        // One statement each: two programs that do it at once do not hinder each other.
        for role in [READER, INVESTIGATOR] {
            self.database().run(&[create(role)], deadline).await?;
        }
        let statements: Vec<_> = std::iter::once(one_at_a_time(LOCK)).chain(grants()).collect();
        self.database().run(&statements, deadline).await?;
        self.database().run(&[without_compilation()], deadline).await.map(drop)
    }
}

/// Makes a role, if there is none of the name on the server.
fn create(role: &str) -> Statement {
    let sql = format!(
        "DO 'BEGIN CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END'"
    );
    Statement::write(sql, Vec::new())
}

/// Has the logins with one of the roles run without `jit`: the planner takes a view for a hundred times as long as it is, and would
/// compile it for seconds. A role's own settings are not its members'. A login that another program changes just now, or that the
/// tables' owner must not change, stays as it is.
fn without_compilation() -> Statement {
    let sql = format!(
        "DO 'DECLARE login text; BEGIN FOR login IN SELECT member.rolname FROM pg_roles AS member \
         JOIN pg_auth_members AS membership ON membership.member = member.oid \
         JOIN pg_roles AS role ON role.oid = membership.roleid \
         WHERE role.rolname IN (''{READER}'', ''{INVESTIGATOR}'') AND member.rolcanlogin \
         AND NOT COALESCE(member.rolconfig, ''{{}}'') && ARRAY[''jit=off'', ''jit=on''] \
         LOOP BEGIN EXECUTE format(''ALTER ROLE %I SET jit = off'', login); \
         EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END'"
    );
    Statement::write(sql, Vec::new())
}

fn grants() -> Vec<Statement> {
    let (all, public) = (MIGRATIONS.relations(), public_relations());
    let sqls = [
        format!("GRANT USAGE ON SCHEMA public TO {READER}, {INVESTIGATOR}"),
        format!("REVOKE ALL ON {} FROM {READER}", PERSONAL.join(", ")),
        format!("GRANT SELECT ON {} TO {READER}", public.join(", ")),
        format!("GRANT SELECT ON {} TO {INVESTIGATOR}", all.join(", ")),
    ];
    sqls.map(|sql| Statement::write(sql, Vec::new())).into()
}
