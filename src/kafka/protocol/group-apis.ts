// The requests of groups: coordinator, membership, committed offsets.
import { type Api } from './codec.ts'

const committed = [
  ['partitionIndex', 'int32'],
  ['committedOffset', 'int64'],
  ['committedLeaderEpoch', 'int32', '5+'],
  ['metadata', 'string?'],
  ['errorCode', 'int16']
] as const
const topicIdPartitions = [
  ['topicId', 'uuid'],
  ['partitions', { list: 'int32' }]
] as const
const describedPartitions = [
  ['topicId', 'uuid'],
  ['topicName', 'string'],
  ['partitions', { list: 'int32' }]
] as const

export const groupApis = {
  FindCoordinator: {
    key: 10,
    min: 0,
    max: 6,
    flexible: 3,
    request: [
      ['key', 'string', '0-3'],
      ['keyType', 'int8', '1+'],
      ['coordinatorKeys', { list: 'string' }, '4+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16', '0-3'],
      ['errorMessage', 'string?', '1-3'],
      ['nodeId', 'int32', '0-3'],
      ['host', 'string', '0-3'],
      ['port', 'int32', '0-3'],
      [
        'coordinators',
        {
          list: [
            ['key', 'string'],
            ['nodeId', 'int32'],
            ['host', 'string'],
            ['port', 'int32'],
            ['errorCode', 'int16'],
            ['errorMessage', 'string?']
          ]
        },
        '4+'
      ]
    ]
  },
  JoinGroup: {
    key: 11,
    min: 2,
    max: 9,
    flexible: 6,
    request: [
      ['groupId', 'string'],
      ['sessionTimeoutMs', 'int32'],
      ['rebalanceTimeoutMs', 'int32', '1+'],
      ['memberId', 'string'],
      ['groupInstanceId', 'string?', '5+'],
      ['protocolType', 'string'],
      [
        'protocols',
        {
          list: [
            ['name', 'string'],
            ['metadata', 'bytes']
          ]
        }
      ],
      ['reason', 'string?', '8+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '2+'],
      ['errorCode', 'int16'],
      ['generationId', 'int32'],
      ['protocolType', 'string?', '7+'],
      ['protocolName', 'string?'],
      ['leader', 'string'],
      ['skipAssignment', 'bool', '9+'],
      ['memberId', 'string'],
      [
        'members',
        {
          list: [
            ['memberId', 'string'],
            ['groupInstanceId', 'string?', '5+'],
            ['metadata', 'bytes']
          ]
        }
      ]
    ]
  },
  SyncGroup: {
    key: 14,
    min: 1,
    max: 5,
    flexible: 4,
    request: [
      ['groupId', 'string'],
      ['generationId', 'int32'],
      ['memberId', 'string'],
      ['groupInstanceId', 'string?', '3+'],
      ['protocolType', 'string?', '5+'],
      ['protocolName', 'string?', '5+'],
      [
        'assignments',
        {
          list: [
            ['memberId', 'string'],
            ['assignment', 'bytes']
          ]
        }
      ]
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16'],
      ['protocolType', 'string?', '5+'],
      ['protocolName', 'string?', '5+'],
      ['assignment', 'bytes']
    ]
  },
  Heartbeat: {
    key: 12,
    min: 0,
    max: 4,
    flexible: 4,
    request: [
      ['groupId', 'string'],
      ['generationId', 'int32'],
      ['memberId', 'string'],
      ['groupInstanceId', 'string?', '3+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16']
    ]
  },
  LeaveGroup: {
    key: 13,
    min: 0,
    max: 5,
    flexible: 4,
    request: [
      ['groupId', 'string'],
      ['memberId', 'string', '0-2'],
      [
        'members',
        {
          list: [
            ['memberId', 'string'],
            ['groupInstanceId', 'string?'],
            ['reason', 'string?', '5+']
          ]
        },
        '3+'
      ]
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16'],
      [
        'members',
        {
          list: [
            ['memberId', 'string'],
            ['groupInstanceId', 'string?'],
            ['errorCode', 'int16']
          ]
        },
        '3+'
      ]
    ]
  },
  OffsetCommit: {
    key: 8,
    min: 2,
    max: 10,
    flexible: 8,
    request: [
      ['groupId', 'string'],
      ['generationIdOrMemberEpoch', 'int32', '1+'],
      ['memberId', 'string', '1+'],
      ['groupInstanceId', 'string?', '7+'],
      ['retentionTimeMs', 'int64', '2-4'],
      [
        'topics',
        {
          list: [
            ['name', 'string', '0-9'],
            ['topicId', 'uuid', '10+'],
            [
              'partitions',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['committedOffset', 'int64'],
                  ['committedLeaderEpoch', 'int32', '6+'],
                  ['committedMetadata', 'string?']
                ]
              }
            ]
          ]
        }
      ]
    ],
    response: [
      ['throttleTimeMs', 'int32', '3+'],
      [
        'topics',
        {
          list: [
            ['name', 'string', '0-9'],
            ['topicId', 'uuid', '10+'],
            [
              'partitions',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['errorCode', 'int16']
                ]
              }
            ]
          ]
        }
      ]
    ]
  },
  OffsetFetch: {
    key: 9,
    min: 1,
    max: 10,
    flexible: 6,
    request: [
      ['groupId', 'string', '0-7'],
      [
        'topics',
        {
          list0: [
            ['name', 'string'],
            ['partitionIndexes', { list: 'int32' }]
          ]
        },
        '0-7'
      ],
      [
        'groups',
        {
          list: [
            ['groupId', 'string'],
            ['memberId', 'string?', '9+'],
            ['memberEpoch', 'int32', '9+'],
            [
              'topics',
              {
                list0: [
                  ['name', 'string', '0-9'],
                  ['topicId', 'uuid', '10+'],
                  ['partitionIndexes', { list: 'int32' }]
                ]
              }
            ]
          ]
        },
        '8+'
      ],
      ['requireStable', 'bool', '7+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '3+'],
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            ['partitions', { list: committed }]
          ]
        },
        '0-7'
      ],
      ['errorCode', 'int16', '2-7'],
      [
        'groups',
        {
          list: [
            ['groupId', 'string'],
            [
              'topics',
              {
                list: [
                  ['name', 'string', '0-9'],
                  ['topicId', 'uuid', '10+'],
                  ['partitions', { list: committed }]
                ]
              }
            ],
            ['errorCode', 'int16']
          ]
        },
        '8+'
      ]
    ]
  },
  ConsumerGroupHeartbeat: {
    key: 68,
    min: 0,
    max: 1,
    flexible: 0,
    request: [
      ['groupId', 'string'],
      ['memberId', 'string'],
      ['memberEpoch', 'int32'],
      ['instanceId', 'string?'],
      ['rackId', 'string?'],
      ['rebalanceTimeoutMs', 'int32'],
      ['subscribedTopicNames', { list0: 'string' }],
      ['subscribedTopicRegex', 'string?', '1+'],
      ['serverAssignor', 'string?'],
      ['topicPartitions', { list0: topicIdPartitions }]
    ],
    response: [
      ['throttleTimeMs', 'int32'],
      ['errorCode', 'int16'],
      ['errorMessage', 'string?'],
      ['memberId', 'string?'],
      ['memberEpoch', 'int32'],
      ['heartbeatIntervalMs', 'int32'],
      ['assignment', { struct0: [['topicPartitions', { list: topicIdPartitions }]] }]
    ]
  },
  ConsumerGroupDescribe: {
    key: 69,
    min: 0,
    max: 1,
    flexible: 0,
    request: [
      ['groupIds', { list: 'string' }],
      ['includeAuthorizedOperations', 'bool']
    ],
    response: [
      ['throttleTimeMs', 'int32'],
      [
        'groups',
        {
          list: [
            ['errorCode', 'int16'],
            ['errorMessage', 'string?'],
            ['groupId', 'string'],
            ['groupState', 'string'],
            ['groupEpoch', 'int32'],
            ['assignmentEpoch', 'int32'],
            ['assignorName', 'string'],
            [
              'members',
              {
                list: [
                  ['memberId', 'string'],
                  ['instanceId', 'string?'],
                  ['rackId', 'string?'],
                  ['memberEpoch', 'int32'],
                  ['clientId', 'string'],
                  ['clientHost', 'string'],
                  ['subscribedTopicNames', { list: 'string' }],
                  ['subscribedTopicRegex', 'string?'],
                  // Both assignments are structs that are never null: a list, and an empty list of tagged fields.
                  ['assignment', { list: describedPartitions }],
                  ['assignmentTags', 'int8'],
                  ['targetAssignment', { list: describedPartitions }],
                  ['targetAssignmentTags', 'int8'],
                  ['memberType', 'int8', '1+']
                ]
              }
            ],
            ['authorizedOperations', 'int32']
          ]
        }
      ]
    ]
  }
} as const satisfies Record<string, Api>
