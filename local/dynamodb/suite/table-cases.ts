/** Tables and time to live. */
import assert from 'node:assert/strict'

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'

import { invalid, refused, S, type SuiteCase } from './context.ts'

export const tableCases: readonly SuiteCase[] = [
  {
    name: 'a table is made, described, listed and deleted',
    async run(context) {
      const TableName = `${context.tables.plain}-short-lived`
      const definition = {
        TableName,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
        BillingMode: 'PAY_PER_REQUEST' as const,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const },
      }
      await context.client.send(new CreateTableCommand(definition))
      await context.client.send(new PutItemCommand({ TableName, Item: { pk: S('a') } }))
      const { Table: table } = await context.client.send(new DescribeTableCommand({ TableName }))
      assert.deepEqual(
        [
          table?.TableStatus,
          table?.KeySchema,
          table?.AttributeDefinitions,
          table?.ItemCount,
          table?.StreamSpecification,
        ],
        ['ACTIVE', definition.KeySchema, definition.AttributeDefinitions, 1, definition.StreamSpecification],
      )
      assert.match(table?.LatestStreamArn ?? '', /:table\/.+\/stream\/.+/)
      await refused(
        context,
        context.client.send(new CreateTableCommand(definition)),
        'ResourceInUseException',
        `Table already exists: ${TableName}`,
      )
      const { TableNames } = await context.client.send(new ListTablesCommand({}))
      assert.ok(TableNames?.includes(TableName))
      await context.client.send(new DeleteTableCommand({ TableName }))
      await refused(
        context,
        context.client.send(new DescribeTableCommand({ TableName })),
        'ResourceNotFoundException',
        'Requested resource not found',
      )
    },
  },
  {
    name: 'time to live is switched on and off',
    async run(context) {
      const TableName = context.tables.sorted
      const change = (Enabled: boolean) =>
        context.client.send(
          new UpdateTimeToLiveCommand({
            TableName,
            TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
          }),
        )
      const state = async () =>
        (await context.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription
      assert.deepEqual(await state(), { TimeToLiveStatus: 'DISABLED' })
      await change(true)
      assert.deepEqual(await state(), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' })
      await invalid(context, change(true), 'TimeToLive is already enabled')
      await change(false)
      await invalid(context, change(false), 'TimeToLive is already disabled')
    },
  },
]
