//! The canonical form of a schema: sorted by name, no descriptions, no trace of extensions.

use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{
    Component, ComponentName, ComponentOrigin, DirectiveList, ExtendedType, FieldDefinition,
    InputValueDefinition,
};
use apollo_compiler::{Name, Node, Schema};

/// Brings a schema into canonical form.
pub(crate) fn canonicalise(schema: &mut Schema) {
    let definition = schema.schema_definition.make_mut();
    definition.description = None;
    directives(&mut definition.directives);
    let roots = [&mut definition.query, &mut definition.mutation, &mut definition.subscription];
    for root in roots.into_iter().flatten() {
        root.origin = ComponentOrigin::Definition;
    }
    schema.directive_definitions.sort_keys();
    for directive in schema.directive_definitions.values_mut() {
        let directive = directive.make_mut();
        directive.description = None;
        directive.locations.sort_by_key(|location| location.name());
        arguments(&mut directive.arguments);
    }
    schema.types.sort_keys();
    schema.types.values_mut().for_each(named_type);
}

fn named_type(definition: &mut ExtendedType) {
    match definition {
        ExtendedType::Scalar(scalar) => {
            let scalar = scalar.make_mut();
            scalar.description = None;
            directives(&mut scalar.directives);
        }
        ExtendedType::Object(object) => {
            let object = object.make_mut();
            object.description = None;
            directives(&mut object.directives);
            names(&mut object.implements_interfaces);
            components(&mut object.fields, field);
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            interface.description = None;
            directives(&mut interface.directives);
            names(&mut interface.implements_interfaces);
            components(&mut interface.fields, field);
        }
        ExtendedType::Union(union) => {
            let union = union.make_mut();
            union.description = None;
            directives(&mut union.directives);
            names(&mut union.members);
        }
        ExtendedType::Enum(values) => {
            let values = values.make_mut();
            values.description = None;
            directives(&mut values.directives);
            components(&mut values.values, |value| value.description = None);
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            input.description = None;
            directives(&mut input.directives);
            components(&mut input.fields, |field| field.description = None);
        }
    }
}

fn field(field: &mut FieldDefinition) {
    field.description = None;
    arguments(&mut field.arguments);
}

fn arguments(arguments: &mut [Node<InputValueDefinition>]) {
    arguments.sort_by(|a, b| a.name.cmp(&b.name));
    for argument in arguments {
        argument.make_mut().description = None;
    }
}

fn components<T: Clone>(components: &mut IndexMap<Name, Component<T>>, strip: fn(&mut T)) {
    components.sort_keys();
    for component in components.values_mut() {
        component.origin = ComponentOrigin::Definition;
        strip(component.make_mut());
    }
}

fn names(names: &mut IndexSet<ComponentName>) {
    let mut sorted: Vec<_> = names.drain(..).map(|name| ComponentName::from(name.name)).collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    names.extend(sorted);
}

/// Directives keep their order, which may carry a meaning.
fn directives(directives: &mut DirectiveList) {
    for directive in &mut directives.0 {
        directive.origin = ComponentOrigin::Definition;
    }
}
