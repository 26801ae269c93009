// Every request we speak, by Kafka's name of it; field names are Kafka's own in camel case.
import { adminApis } from './admin-apis.ts'
import { type MessageOf } from './codec.ts'
import { groupApis } from './group-apis.ts'
import { topicApis } from './topic-apis.ts'

export const apis = { ...topicApis, ...groupApis, ...adminApis }

export type ApiName = keyof typeof apis
export type RequestOf<A extends ApiName> = MessageOf<(typeof apis)[A]['request']>
export type ResponseOf<A extends ApiName> = MessageOf<(typeof apis)[A]['response']>
