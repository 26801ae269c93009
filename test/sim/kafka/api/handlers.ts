// Which function answers which API.
import { type Call } from '../call.ts'
import { type ApiName } from './versions.ts'
import { apiVersions } from './api-versions.ts'
import { createPartitions, createTopics, deleteRecords, deleteTopics } from './topics.ts'
import { describeConfigs } from './describe-configs.ts'
import { fetch } from './fetch.ts'
import { findCoordinator } from './find-coordinator.ts'
import { deleteGroups, describeGroups, listGroups, offsetDelete } from './group-admin.ts'
import { heartbeatCall, joinGroup, leaveGroup, syncGroup } from './membership.ts'
import { listOffsets, offsetForLeaderEpoch } from './log-offsets.ts'
import { metadata } from './metadata.ts'
import { offsetCommit } from './offset-commit.ts'
import { offsetFetch } from './offset-fetch.ts'
import { produce } from './produce.ts'

export const handlers: Readonly<Record<ApiName, (call: Call) => void>> = {
  ApiVersions: apiVersions,
  Metadata: metadata,
  Fetch: fetch,
  ListOffsets: listOffsets,
  OffsetForLeaderEpoch: offsetForLeaderEpoch,
  Produce: produce,
  FindCoordinator: findCoordinator,
  JoinGroup: joinGroup,
  SyncGroup: syncGroup,
  Heartbeat: heartbeatCall,
  LeaveGroup: leaveGroup,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  OffsetDelete: offsetDelete,
  DescribeGroups: describeGroups,
  ListGroups: listGroups,
  DeleteGroups: deleteGroups,
  CreateTopics: createTopics,
  CreatePartitions: createPartitions,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  DescribeConfigs: describeConfigs
}
