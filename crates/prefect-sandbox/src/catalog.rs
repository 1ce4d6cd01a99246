//! The tables, columns and relationships that are served, read from `schema/catalog.json`.
//!
//! Only names and types live here. What a query does with them is in `query`, how they are stored in
//! `store/migrations`.

use std::collections::BTreeMap;

use serde::Deserialize;

const CATALOG: &str = include_str!("../schema/catalog.json");

/// All tables by their GraphQL name, which is also their name in SQLite.
#[derive(Debug)]
pub(crate) struct Catalog {
    tables: BTreeMap<String, Table>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) primary_key: Vec<String>,
    columns: BTreeMap<String, ColumnType>,
    relationships: BTreeMap<String, Relationship>,
}

/// How a column is compared and rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColumnType {
    Uuid,
    Varchar,
    Timestamptz,
    Interval,
    Jsonb,
    Bool,
    Int4,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Relationship {
    name: String,
    pub(crate) kind: RelationshipKind,
    pub(crate) target: String,
    /// Column of this table → column of the target.
    pub(crate) join: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RelationshipKind {
    Object,
    Array,
}

/// What a field of a table's GraphQL type stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member<'a> {
    Column(&'a str, ColumnType),
    Relationship(&'a Relationship),
    /// `<name>_aggregate` of an array relationship.
    Aggregate(&'a Relationship),
}

impl Catalog {
    pub(crate) fn load() -> Result<Self, serde_json::Error> {
        let file: File = serde_json::from_str(CATALOG)?;
        let names: BTreeMap<String, String> =
            file.tables.iter().map(|table| (table.name.clone(), table.graphql_name.clone())).collect();
        let tables = file.tables.into_iter().map(|table| Table::from_file(table, &names));
        Ok(Self { tables: tables.map(|table| (table.name.clone(), table)).collect() })
    }

    #[cfg(test)]
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }
}

impl Table {
    fn from_file(file: FileTable, names: &BTreeMap<String, String>) -> Self {
        let mut relationships = BTreeMap::new();
        for mut relationship in file.relationships {
            if let Some(name) = names.get(&relationship.target) {
                relationship.target.clone_from(name);
            }
            relationships.insert(relationship.name.clone(), relationship);
        }
        Self {
            name: file.graphql_name,
            primary_key: file.primary_key.map(|key| key.columns).unwrap_or_default(),
            columns: file.columns.into_iter().map(|column| (column.name, column.pg_type)).collect(),
            relationships,
        }
    }

    /// Names of the columns, sorted.
    #[cfg(test)]
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    pub(crate) fn column(&self, name: &str) -> Option<(&str, ColumnType)> {
        self.columns.get_key_value(name).map(|(name, ty)| (name.as_str(), *ty))
    }

    pub(crate) fn member(&self, name: &str) -> Option<Member<'_>> {
        match self.column(name) {
            Some((name, ty)) => Some(Member::Column(name, ty)),
            None => match self.relationships.get(name) {
                Some(relationship) => Some(Member::Relationship(relationship)),
                None => self.aggregate(name).map(Member::Aggregate),
            },
        }
    }

    fn aggregate(&self, name: &str) -> Option<&Relationship> {
        let relationship = self.relationships.get(name.strip_suffix("_aggregate")?)?;
        (relationship.kind == RelationshipKind::Array).then_some(relationship)
    }
}

#[derive(Deserialize)]
struct File {
    tables: Vec<FileTable>,
}

#[derive(Deserialize)]
struct FileTable {
    name: String,
    graphql_name: String,
    columns: Vec<FileColumn>,
    primary_key: Option<FileKey>,
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct FileColumn {
    name: String,
    pg_type: ColumnType,
}

#[derive(Deserialize)]
struct FileKey {
    columns: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relationship_joins_columns_that_exist() {
        let catalog = Catalog::load().unwrap();
        assert_eq!(catalog.tables.len(), 17);
        for table in catalog.tables.values() {
            for relationship in table.relationships.values() {
                let target = catalog.table(&relationship.target).unwrap();
                for (local, remote) in &relationship.join {
                    assert!(table.column(local).is_some(), "{}.{local}", table.name);
                    assert!(target.column(remote).is_some(), "{}.{remote}", target.name);
                }
            }
        }
    }
}
