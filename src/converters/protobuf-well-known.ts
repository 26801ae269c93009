// The files that Protobuf schemas import and registries need not hold: Google's, and Confluent's.

const types = ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes']
const wrappers = types.map(type => `message ${type}Value { ${type.toLowerCase()} value = 1; }`).join(' ')

/** By their names; the package is that of the folder. */
const texts: Readonly<Record<string, string>> = {
  'google/protobuf/any.proto': 'message Any { string type_url = 1; bytes value = 2; }',
  'google/protobuf/duration.proto': 'message Duration { int64 seconds = 1; int32 nanos = 2; }',
  'google/protobuf/empty.proto': 'message Empty {}',
  'google/protobuf/field_mask.proto': 'message FieldMask { repeated string paths = 1; }',
  'google/protobuf/struct.proto': `message Struct { map<string, Value> fields = 1; }
    message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4;
      Struct struct_value = 5; ListValue list_value = 6; } }
    enum NullValue { NULL_VALUE = 0; }
    message ListValue { repeated Value values = 1; }`,
  'google/protobuf/timestamp.proto': 'message Timestamp { int64 seconds = 1; int32 nanos = 2; }',
  'google/protobuf/wrappers.proto': wrappers,
  'google/type/date.proto': 'message Date { int32 year = 1; int32 month = 2; int32 day = 3; }',
  'google/type/timeofday.proto': 'message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }',
  'confluent/type/decimal.proto': 'message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }',
  // Its options only annotate; the parser keeps them without knowing them.
  'confluent/meta.proto': ''
} // prettier-ignore

/** null: a file of somebody's own. */
export function wellKnownText(file: string): string | null {
  if (!Object.hasOwn(texts, file)) return null
  const folder = file.slice(0, file.lastIndexOf('/')).replaceAll('/', '.')
  return `syntax = "proto3"; package ${folder}; ${texts[file] ?? ''}`
}
