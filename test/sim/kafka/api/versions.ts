// Which APIs in which versions the brokers of a world speak, as real releases do.

/** Each API's number, and the version from which its headers and lengths are of the newer kind. */
export const apis = {
  Produce: { key: 0, flexible: 9 },
  Fetch: { key: 1, flexible: 12 },
  ListOffsets: { key: 2, flexible: 6 },
  Metadata: { key: 3, flexible: 9 },
  OffsetCommit: { key: 8, flexible: 8 },
  OffsetFetch: { key: 9, flexible: 6 },
  FindCoordinator: { key: 10, flexible: 3 },
  JoinGroup: { key: 11, flexible: 6 },
  Heartbeat: { key: 12, flexible: 4 },
  LeaveGroup: { key: 13, flexible: 4 },
  SyncGroup: { key: 14, flexible: 4 },
  DescribeGroups: { key: 15, flexible: 5 },
  ListGroups: { key: 16, flexible: 3 },
  ApiVersions: { key: 18, flexible: 3 },
  CreateTopics: { key: 19, flexible: 5 },
  DeleteTopics: { key: 20, flexible: 4 },
  DeleteRecords: { key: 21, flexible: 2 },
  OffsetForLeaderEpoch: { key: 23, flexible: 4 },
  DescribeConfigs: { key: 32, flexible: 4 },
  CreatePartitions: { key: 37, flexible: 2 },
  DeleteGroups: { key: 42, flexible: 2 },
  OffsetDelete: { key: 47, flexible: 99 }
} as const

export type ApiName = keyof typeof apis
export type Profile = '4.1' | '4.0' | '2.8' | '2.4'

const recent = {
  Produce: [9, 11],
  Fetch: [13, 17],
  ListOffsets: [6, 9],
  Metadata: [9, 12],
  OffsetCommit: [8, 9],
  OffsetFetch: [8, 9],
  FindCoordinator: [4, 6],
  JoinGroup: [7, 9],
  Heartbeat: [4, 4],
  LeaveGroup: [4, 5],
  SyncGroup: [5, 5],
  DescribeGroups: [5, 5],
  ListGroups: [4, 4],
  ApiVersions: [0, 3],
  CreateTopics: [7, 7],
  DeleteTopics: [4, 5],
  DeleteRecords: [2, 2],
  OffsetForLeaderEpoch: [4, 4],
  DescribeConfigs: [4, 4],
  CreatePartitions: [2, 3],
  DeleteGroups: [2, 2],
  OffsetDelete: [0, 0]
} as const satisfies Ranges

type Ranges = Readonly<Record<ApiName, readonly [min: number, max: number]>>

export const profiles: Readonly<Record<Profile, Ranges>> = {
  '4.1': { ...recent, OffsetCommit: [8, 10], OffsetFetch: [8, 10] },
  '4.0': recent,
  '2.8': {
    ...recent,
    Produce: [3, 9],
    Fetch: [4, 12],
    ListOffsets: [1, 6],
    Metadata: [4, 11],
    OffsetCommit: [6, 8],
    OffsetFetch: [5, 7],
    FindCoordinator: [1, 3],
    JoinGroup: [4, 7],
    Heartbeat: [3, 4],
    LeaveGroup: [3, 4],
    SyncGroup: [3, 5]
  },
  '2.4': {
    ...recent,
    Produce: [3, 8],
    Fetch: [4, 11],
    ListOffsets: [1, 5],
    Metadata: [4, 9],
    OffsetCommit: [6, 8],
    OffsetFetch: [5, 6],
    FindCoordinator: [1, 2],
    JoinGroup: [4, 5],
    Heartbeat: [3, 3],
    LeaveGroup: [3, 3],
    SyncGroup: [3, 3],
    DescribeGroups: [4, 4],
    ListGroups: [2, 2],
    CreateTopics: [4, 5],
    DeleteTopics: [3, 3],
    DeleteRecords: [1, 1],
    OffsetForLeaderEpoch: [3, 3],
    DescribeConfigs: [2, 2],
    CreatePartitions: [1, 1],
    DeleteGroups: [1, 1]
  }
}

const names = new Map<number, ApiName>((Object.keys(apis) as ApiName[]).map(name => [apis[name].key, name]))

export function apiOf(key: number): ApiName | undefined {
  return names.get(key)
}

export function isFlexible(api: ApiName, version: number): boolean {
  return version >= apis[api].flexible
}
