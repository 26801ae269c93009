// The requests of administration and producing: topics, configs, groups, produce.
import { type Api } from './codec.ts'

export const adminApis = {
  Produce: {
    key: 0,
    min: 3,
    max: 11,
    flexible: 9,
    request: [
      ['transactionalId', 'string?', '3+'],
      ['acks', 'int16'],
      ['timeoutMs', 'int32'],
      [
        'topicData',
        {
          list: [
            ['name', 'string'],
            [
              'partitionData',
              {
                list: [
                  ['index', 'int32'],
                  ['records', 'bytes?']
                ]
              }
            ]
          ]
        }
      ]
    ],
    response: [
      [
        'responses',
        {
          list: [
            ['name', 'string'],
            [
              'partitionResponses',
              {
                list: [
                  ['index', 'int32'],
                  ['errorCode', 'int16'],
                  ['baseOffset', 'int64'],
                  ['logAppendTimeMs', 'int64', '2+'],
                  ['logStartOffset', 'int64', '5+'],
                  [
                    'recordErrors',
                    {
                      list: [
                        ['batchIndex', 'int32'],
                        ['batchIndexErrorMessage', 'string?']
                      ]
                    },
                    '8+'
                  ],
                  ['errorMessage', 'string?', '8+']
                ]
              }
            ]
          ]
        }
      ],
      ['throttleTimeMs', 'int32', '1+']
    ]
  },
  CreateTopics: {
    key: 19,
    min: 2,
    max: 7,
    flexible: 5,
    request: [
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            ['numPartitions', 'int32'],
            ['replicationFactor', 'int16'],
            [
              'assignments',
              {
                list: [
                  ['partitionIndex', 'int32'],
                  ['brokerIds', { list: 'int32' }]
                ]
              }
            ],
            [
              'configs',
              {
                list: [
                  ['name', 'string'],
                  ['value', 'string?']
                ]
              }
            ]
          ]
        }
      ],
      ['timeoutMs', 'int32'],
      ['validateOnly', 'bool', '1+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '2+'],
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            ['topicId', 'uuid', '7+'],
            ['errorCode', 'int16'],
            ['errorMessage', 'string?', '1+'],
            ['numPartitions', 'int32', '5+'],
            ['replicationFactor', 'int16', '5+'],
            [
              'configs',
              {
                list0: [
                  ['name', 'string'],
                  ['value', 'string?'],
                  ['readOnly', 'bool'],
                  ['configSource', 'int8'],
                  ['isSensitive', 'bool']
                ]
              },
              '5+'
            ]
          ]
        }
      ]
    ]
  },
  DeleteTopics: {
    key: 20,
    min: 1,
    max: 5,
    flexible: 4,
    request: [
      ['topicNames', { list: 'string' }],
      ['timeoutMs', 'int32']
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      [
        'responses',
        {
          list: [
            ['name', 'string'],
            ['errorCode', 'int16'],
            ['errorMessage', 'string?', '5+']
          ]
        }
      ]
    ]
  },
  CreatePartitions: {
    key: 37,
    min: 0,
    max: 3,
    flexible: 2,
    request: [
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            ['count', 'int32'],
            ['assignments', { list0: [['brokerIds', { list: 'int32' }]] }]
          ]
        }
      ],
      ['timeoutMs', 'int32'],
      ['validateOnly', 'bool']
    ],
    response: [
      ['throttleTimeMs', 'int32'],
      [
        'results',
        {
          list: [
            ['name', 'string'],
            ['errorCode', 'int16'],
            ['errorMessage', 'string?']
          ]
        }
      ]
    ]
  },
  DeleteRecords: {
    key: 21,
    min: 0,
    max: 2,
    flexible: 2,
    request: [
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
                  ['offset', 'int64']
                ]
              }
            ]
          ]
        }
      ],
      ['timeoutMs', 'int32']
    ],
    response: [
      ['throttleTimeMs', 'int32'],
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
                  ['lowWatermark', 'int64'],
                  ['errorCode', 'int16']
                ]
              }
            ]
          ]
        }
      ]
    ]
  },
  DescribeConfigs: {
    key: 32,
    min: 1,
    max: 4,
    flexible: 4,
    request: [
      [
        'resources',
        {
          list: [
            ['resourceType', 'int8'],
            ['resourceName', 'string'],
            ['configurationKeys', { list0: 'string' }]
          ]
        }
      ],
      ['includeSynonyms', 'bool', '1+'],
      ['includeDocumentation', 'bool', '3+']
    ],
    response: [
      ['throttleTimeMs', 'int32'],
      [
        'results',
        {
          list: [
            ['errorCode', 'int16'],
            ['errorMessage', 'string?'],
            ['resourceType', 'int8'],
            ['resourceName', 'string'],
            [
              'configs',
              {
                list: [
                  ['name', 'string'],
                  ['value', 'string?'],
                  ['readOnly', 'bool'],
                  ['configSource', 'int8', '1+'],
                  ['isSensitive', 'bool'],
                  [
                    'synonyms',
                    {
                      list: [
                        ['name', 'string'],
                        ['value', 'string?'],
                        ['source', 'int8']
                      ]
                    },
                    '1+'
                  ],
                  ['configType', 'int8', '3+'],
                  ['documentation', 'string?', '3+']
                ]
              }
            ]
          ]
        }
      ]
    ]
  },
  IncrementalAlterConfigs: {
    key: 44,
    min: 0,
    max: 1,
    flexible: 1,
    request: [
      [
        'resources',
        {
          list: [
            ['resourceType', 'int8'],
            ['resourceName', 'string'],
            [
              'configs',
              {
                list: [
                  ['name', 'string'],
                  ['configOperation', 'int8'],
                  ['value', 'string?']
                ]
              }
            ]
          ]
        }
      ],
      ['validateOnly', 'bool']
    ],
    response: [
      ['throttleTimeMs', 'int32'],
      [
        'responses',
        {
          list: [
            ['errorCode', 'int16'],
            ['errorMessage', 'string?'],
            ['resourceType', 'int8'],
            ['resourceName', 'string']
          ]
        }
      ]
    ]
  },
  DescribeGroups: {
    key: 15,
    min: 0,
    max: 5,
    flexible: 5,
    request: [
      ['groups', { list: 'string' }],
      ['includeAuthorizedOperations', 'bool', '3+']
    ],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      [
        'groups',
        {
          list: [
            ['errorCode', 'int16'],
            ['groupId', 'string'],
            ['groupState', 'string'],
            ['protocolType', 'string'],
            ['protocolData', 'string'],
            [
              'members',
              {
                list: [
                  ['memberId', 'string'],
                  ['groupInstanceId', 'string?', '4+'],
                  ['clientId', 'string'],
                  ['clientHost', 'string'],
                  ['memberMetadata', 'bytes'],
                  ['memberAssignment', 'bytes']
                ]
              }
            ],
            ['authorizedOperations', 'int32', '3+']
          ]
        }
      ]
    ]
  },
  ListGroups: {
    key: 16,
    min: 0,
    max: 4,
    flexible: 3,
    request: [['statesFilter', { list: 'string' }, '4+']],
    response: [
      ['throttleTimeMs', 'int32', '1+'],
      ['errorCode', 'int16'],
      [
        'groups',
        {
          list: [
            ['groupId', 'string'],
            ['protocolType', 'string'],
            ['groupState', 'string', '4+']
          ]
        }
      ]
    ]
  },
  DeleteGroups: {
    key: 42,
    min: 0,
    max: 2,
    flexible: 2,
    request: [['groupsNames', { list: 'string' }]],
    response: [
      ['throttleTimeMs', 'int32'],
      [
        'results',
        {
          list: [
            ['groupId', 'string'],
            ['errorCode', 'int16']
          ]
        }
      ]
    ]
  },
  OffsetDelete: {
    key: 47,
    min: 0,
    max: 0,
    flexible: 99,
    request: [
      ['groupId', 'string'],
      [
        'topics',
        {
          list: [
            ['name', 'string'],
            ['partitions', { list: [['partitionIndex', 'int32']] }]
          ]
        }
      ]
    ],
    response: [
      ['errorCode', 'int16'],
      ['throttleTimeMs', 'int32'],
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
                  ['errorCode', 'int16']
                ]
              }
            ]
          ]
        }
      ]
    ]
  }
} as const satisfies Record<string, Api>
