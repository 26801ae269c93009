// GeoAdd, case by case: coordinates of every type, the records that are skipped with a warning, and those that are refused.
import { bool, decimal, f32, f64, i32, none, planCases, str, struct, text } from '../../../test/kit/plan-cases.ts'

const geo = 'INSERT INTO g: SELECT name FROM t PK id STOREAS GeoAdd'
const place = (longitude: string, latitude: string): string =>
  `{"id":"k","name":"n","longitude":${longitude},"latitude":${latitude}}`

planCases('geo: commands', [
  ['both', 'insert into geo- select name from stations pk country storeas GEOADD(longitudeField=lon, latitudeField=lat)', '{"country":"FR","name":"Lyon","lon":"4.83","lat":"45.76"}', `GEOADD geo-FR 4.83 45.76 '{"name":"Lyon"}'`, { topic: 'stations' }],
  ['both', geo, place('"13.361389"', '"38.115556"'), `GEOADD g:k 13.361389 38.115556 '{"name":"n"}'`],
  ['both', geo, place('13.5', '38'), `GEOADD g:k 13.5 38 '{"name":"n"}'`],
  ['both', geo, place('" 13d "', '"0x1p3"'), `GEOADD g:k 13 8 '{"name":"n"}'`],
  ['both', geo, place('0.0000001', '-0.0'), /^GEOADD g:k 1e-7 0 /],
  ['both', geo, struct({ id: str('k'), name: str('n'), longitude: f32(1.1), latitude: decimal(25n, 1) }), `GEOADD g:k 1.1 2.5 '{"name":"n"}'`],
  ['both', geo, struct({ id: str('k'), name: str('n'), longitude: f64(180), latitude: f64(-85.05112878) }), `GEOADD g:k 180 -85.05112878 '{"name":"n"}'`],
  // TTL has no effect; a nested PK and paths to the coordinates work.
  ['both', 'INSERT INTO ` g ` SELECT name FROM t PK o.k STOREAS GeoAdd(longitudeField=`at`.`x`, latitudeField=`at`.`y`) TTL=5', '{"name":"n","o":{"k":"z"},"at":{"x":1,"y":2}}', `GEOADD gz 1 2 '{"name":"n"}'`],
  ['both', 'SELECT name FROM t PK name STOREAS GeoAdd(longitudeField=at.x, latitudeField = at . `y`)', '{"name":"n","at":{"x":1,"y":"2"}}', `GEOADD n 1 2 '{"name":"n"}'`],
  ['both', 'SELECT name FROM t PK name STOREAS GeoAdd(longitudeField=`a.b`.`lon`, latitudeField=`a.b`.lat)', '{"name":"n","a.b":{"lon":1,"lat":2}}', `GEOADD n 1 2 '{"name":"n"}'`],
  ['both', 'SELECT name FROM t PK name STOREAS GeoAdd(longitudeField=at.x, latitudeField=at.z)', '{"name":"n","at":{"x":1}}', /refused: .*Field \[z\] does not exist/],
  ['both', 'SELECT name FROM t PK a, b STOREAS GeoAdd', text('{"a":"1","b":"2","name":"n","longitude":1,"latitude":2}'), `GEOADD 1.2 1 2 '{"name":"n"}'`]
]) // prettier-ignore

const warning = (longitude: string, latitude: string, key = 'null'): string =>
  `skipped: GeoAdd record contains invalid longitude [${longitude}] and latitude [${latitude}] values, Record with key [${key}] is skipped (t-0@7)`

planCases('geo: records skipped with the old warning', [
  ['both', geo, place('"a"', '"1"'), warning('a', '1')],
  ['both', geo, place('"1"', '""'), warning('1', '')],
  ['both', geo, place('null', '2'), warning('null', '2')],
  ['both', geo, place('"1,5"', '2'), warning('1,5', '2', 'rk'), { key: str('rk') }],
  ['both', geo, struct({ id: str('k'), name: str('n'), longitude: none('STRING'), latitude: str('1') }), warning('null', '1')],
  ['old', geo, struct({ id: str('k'), name: str('n'), longitude: none('FLOAT64'), latitude: f64(1) }), warning('null', '1.0')],
  ['plain', geo, struct({ id: str('k'), name: str('n'), longitude: none('FLOAT64'), latitude: f64(1) }), warning('null', '1')]
]) // prettier-ignore

planCases('geo: records refused', [
  ['both', geo, place('181', '1'), /refused: .*invalid longitude,latitude pair 181,1\. Redis takes longitudes of -180 to 180 and latitudes of -85\.05112878 to 85\.05112878/],
  ['both', geo, place('1', '85.06'), /refused: .*invalid longitude,latitude pair 1,85\.06/],
  ['both', geo, place('"NaN"', '1'), /refused: .*invalid longitude,latitude pair NaN,1/],
  ['both', geo, place('1e400', '1'), /refused: .*invalid longitude,latitude pair Infinity,1/],
  ['both', geo, place('true', '1'), /refused: .*Field 'longitude' is not of type STRING, nor a number: it is boolean/],
  ['both', geo, place('1', '[1]'), /refused: .*Field 'latitude' is not of type STRING, nor a number: it is ARRAY/],
  ['both', geo, struct({ id: str('k'), name: str('n'), longitude: bool(true), latitude: str('1') }), /refused: .*Field 'longitude' is not of type STRING/],
  ['both', geo, '{"id":"k","name":"n","latitude":1}', /refused: .*Field \[longitude\] does not exist.*Name the fields by GeoAdd\(longitudeField=/],
  ['both', geo, '{"name":"n","longitude":1,"latitude":1}', /refused: .*PK: Field \[id\] does not exist/],
  ['both', geo, '{"id":null,"name":"n","longitude":"x","latitude":1}', /refused: .*PK: field \[id\] is null/],
  ['both', geo, '{"id":1,"longitude":"x","latitude":1}', /refused: .*Field \[name\] does not exist/],
  ['both', geo, struct({ id: i32(1), name: str('n') }), /refused: .*Field \[longitude\] does not exist/]
]) // prettier-ignore
