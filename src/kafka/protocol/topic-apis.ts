// The requests around topics: versions, metadata, fetching, offsets of the log.
import { type Api } from './codec.ts'

export const topicApis = {
  ApiVersions: {
    key: 18,
    // Version 0 is answered by every broker, in the same form whether or not it likes the request.
    min: 0,
    max: 0,
    flexible: 99,
    request: [],
    response: [
      ['errorCode', 'int16'],
      [
        'apiKeys',
        {
          list: [
            ['apiKey', 'int16'],
            ['minVersion', 'int16'],
            ['maxVersion', 'int16']
          ]
        }
      ]
    ]
  },
  Metadata: {
    key: 3,
    min: 1,
    max: 12,
    flexible: 9,
    request: [
      [
        'topics',
        {
          list0: [
            ['topicId', 'uuid', '10+'],
            ['name', 'string?']
          ]
        }
      ],
      ['allowAutoTopicCreation', 'bool', '4+'],
      ['includeClusterAuthorizedOperations', 'bool', '8-10'],
      ['includeTopicAuthorizedOperations', 'bool', '8+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '3+'],
      [
        'brokers',
        {
          list: [
            ['nodeId', 'int32'],
            ['host', 'string'],
            ['port', 'int32'],
            ['rack', 'string?', '1+']
          ]
        }
      ],
      ['clusterId', 'string?', '2+'],
      ['controllerId', 'int32', '1+'],
      [
        'topics',
        {
          list: [
            ['errorCode', 'int16'],
            ['name', 'string?'],
            ['topicId', 'uuid', '10+'],
            ['isInternal', 'bool', '1+'],
            [
              'partitions',
              {
                list: [
                  ['errorCode', 'int16'],
                  ['partitionIndex', 'int32'],
                  ['leaderId', 'int32'],
                  ['leaderEpoch', 'int32', '7+'],
                  ['replicaNodes', { list: 'int32' }],
                  ['isrNodes', { list: 'int32' }],
                  ['offlineReplicas', { list: 'int32' }, '5+']
                ]
              }
            ],
            ['topicAuthorizedOperations', 'int32', '8+']
          ]
        }
      ],
      ['clusterAuthorizedOperations', 'int32', '8-10']
    ]
  },
  Fetch: {
    key: 1,
    min: 4,
    max: 17,
    flexible: 12,
    request: [
      ['replicaId', 'int32', '0-14'],
      ['maxWaitMs', 'int32'],
      ['minBytes', 'int32'],
      ['maxBytes', 'int32', '3+'],
      ['isolationLevel', 'int8', '4+'],
      ['sessionId', 'int32', '7+'],
      ['sessionEpoch', 'int32', '7+'],
      [
        'topics',
        {
          list: [
            ['topic', 'string', '0-12'],
            ['topicId', 'uuid', '13+'],
            [
              'partitions',
              {
                list: [
                  ['partition', 'int32'],
                  ['currentLeaderEpoch', 'int32', '9+'],
                  ['fetchOffset', 'int64'],
                  ['lastFetchedEpoch', 'int32', '12+'],
                  ['logStartOffset', 'int64', '5+'],
                  ['partitionMaxBytes', 'int32']
                ]
              }
            ]
          ]
        }
      ],
      [
        'forgottenTopics',
        {
          list: [
            ['topic', 'string', '7-12'],
            ['topicId', 'uuid', '13+'],
            ['partitions', { list: 'int32' }]
          ]
        },
        '7+'
      ],
      ['rackId', 'string', '11+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16', '7+'],
      ['sessionId', 'int32', '7+'],
      [
        'responses',
        {
          list: [
            ['topic', 'string', '0-12'],
            ['topicId', 'uuid', '13+'],
            [
              'partitions',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['errorCode', 'int16'],
                  ['highWatermark', 'int64'],
                  ['lastStableOffset', 'int64', '4+'],
                  ['logStartOffset', 'int64', '5+'],
                  [
                    'divergingEpoch',
                    {
                      struct0: [
                        ['epoch', 'int32'],
                        ['endOffset', 'int64']
                      ]
                    },
                    '12+',
                    0
                  ],
                  [
                    'currentLeader',
                    {
                      struct0: [
                        ['leaderId', 'int32'],
                        ['leaderEpoch', 'int32']
                      ]
                    },
                    '12+',
                    1
                  ],
                  [
                    'abortedTransactions',
                    {
                      list0: [
                        ['producerId', 'id64'],
                        ['firstOffset', 'int64']
                      ]
                    },
                    '4+'
                  ],
                  ['preferredReadReplica', 'int32', '11+'],
                  ['records', 'bytes?']
                ]
              }
            ]
          ]
        }
      ]
    ]
  },
  ListOffsets: {
    key: 2,
    min: 1,
    max: 9,
    flexible: 6,
    request: [
      ['replicaId', 'int32'],
      ['isolationLevel', 'int8', '2+'],
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            [
              'partitions',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['currentLeaderEpoch', 'int32', '4+'],
                  ['timestamp', 'int64']
                ]
              }
            ]
          ]
        }
      ]
    ],
    response: [
      ['throttleTimeMs', 'int32', '2+'],
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            [
              'partitions',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['errorCode', 'int16'],
                  ['timestamp', 'int64', '1+'],
                  ['offset', 'int64', '1+'],
                  ['leaderEpoch', 'int32', '4+']
                ]
              }
            ]
          ]
        }
      ]
    ]
  },
  OffsetForLeaderEpoch: {
    key: 23,
    min: 2,
    max: 4,
    flexible: 4,
    request: [
      ['replicaId', 'int32', '3+'],
      [
        'topics',
        {
          list: [
            ['topic', 'string'],
            [
              'partitions',
              {
                list: [
                  ['partition', 'int32'],
                  ['currentLeaderEpoch', 'int32', '2+'],
                  ['leaderEpoch', 'int32']
                ]
              }
            ]
          ]
        }
      ]
    ],
    response: [
      ['throttleTimeMs', 'int32', '2+'],
      [
        'topics',
        {
          list: [
            ['topic', 'string'],
            [
              'partitions',
              {
                list: [
                  ['errorCode', 'int16'],
                  ['partition', 'int32'],
                  ['leaderEpoch', 'int32', '1+'],
                  ['endOffset', 'int64']
                ]
              }
            ]
          ]
        }
      ]
    ]
  }
} as const satisfies Record<string, Api>
