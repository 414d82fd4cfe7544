// Made by Sources/TemporalAPI/generate/generate.sh. Do not edit.

extension APIActivityActivityExecutionInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeartbeatDetails { heartbeatDetails.readPayloads(&reader) }
        if hasLastFailure { lastFailure.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeartbeatDetails { heartbeatDetails.writePayloads(&writer) }
        if hasLastFailure { lastFailure.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APIActivityActivityExecutionOutcome: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch value {
        case .result(let held): held.readPayloads(&reader)
        case .failure(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch value {
        case .result(var held):
            value = nil
            held.writePayloads(&writer)
            value = .result(held)
        case .failure(var held):
            value = nil
            held.writePayloads(&writer)
            value = .failure(held)
        default: break
        }
    }
}

extension APIActivityCallbackInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInfo { info.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInfo { info.writePayloads(&writer) }
    }
}

extension APIBatchOperationReset: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in postResetOperations { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in postResetOperations.indices { postResetOperations[index].writePayloads(&writer) }
    }
}

extension APIBatchOperationSignal: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIBatchOperationTermination: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APICallbackCallbackInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasCallback { callback.readPayloads(&reader) }
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasCallback { callback.writePayloads(&writer) }
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
    }
}

extension APICancelWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APICommand: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
        for item in eventGroupMarkers { item.readPayloads(&reader) }
        switch attributes {
        case .scheduleActivityTaskCommandAttributes(let held): held.readPayloads(&reader)
        case .completeWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .failWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .cancelWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .recordMarkerCommandAttributes(let held): held.readPayloads(&reader)
        case .continueAsNewWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .startChildWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .signalExternalWorkflowExecutionCommandAttributes(let held): held.readPayloads(&reader)
        case .modifyWorkflowPropertiesCommandAttributes(let held): held.readPayloads(&reader)
        case .scheduleNexusOperationCommandAttributes(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
        for index in eventGroupMarkers.indices { eventGroupMarkers[index].writePayloads(&writer) }
        switch attributes {
        case .scheduleActivityTaskCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .scheduleActivityTaskCommandAttributes(held)
        case .completeWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .completeWorkflowExecutionCommandAttributes(held)
        case .failWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .failWorkflowExecutionCommandAttributes(held)
        case .cancelWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .cancelWorkflowExecutionCommandAttributes(held)
        case .recordMarkerCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .recordMarkerCommandAttributes(held)
        case .continueAsNewWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .continueAsNewWorkflowExecutionCommandAttributes(held)
        case .startChildWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .startChildWorkflowExecutionCommandAttributes(held)
        case .signalExternalWorkflowExecutionCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .signalExternalWorkflowExecutionCommandAttributes(held)
        case .modifyWorkflowPropertiesCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .modifyWorkflowPropertiesCommandAttributes(held)
        case .scheduleNexusOperationCommandAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .scheduleNexusOperationCommandAttributes(held)
        default: break
        }
    }
}

extension APICompleteWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIContinueAsNewWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
        if hasLastCompletionResult { lastCompletionResult.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
        if hasLastCompletionResult { lastCompletionResult.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIFailWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIModifyWorkflowPropertiesCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUpsertedMemo { upsertedMemo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUpsertedMemo { upsertedMemo.writePayloads(&writer) }
    }
}

extension APIRecordMarkerCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in details.keys.sorted() where !isOwnMarkerDetail(markerName, key) { details[key]?.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in details.keys.sorted() where !isOwnMarkerDetail(markerName, key) { details[key]?.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIScheduleActivityTaskCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeader { header.readPayloads(&reader) }
        if hasInput { input.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeader { header.writePayloads(&writer) }
        if hasInput { input.writePayloads(&writer) }
    }
}

extension APIScheduleNexusOperationCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
    }
}

extension APISignalExternalWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIStartChildWorkflowExecutionCommandAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APICallback: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .nexusHandler(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .nexusHandler(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .nexusHandler(held)
        default: break
        }
    }
}

extension APICallback.NexusHandler: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSourceContext { sourceContext.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSourceContext { sourceContext.writePayloads(&writer) }
    }
}

extension APIDeploymentInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in metadata.keys.sorted() { metadata[key]?.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in metadata.keys.sorted() { metadata[key]?.writePayloads(&writer) }
    }
}

extension APIUpdateDeploymentMetadata: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in upsertEntries.keys.sorted() { upsertEntries[key]?.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in upsertEntries.keys.sorted() { upsertEntries[key]?.writePayloads(&writer) }
    }
}

extension APIVersionMetadata: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in entries.keys.sorted() { entries[key]?.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in entries.keys.sorted() { entries[key]?.writePayloads(&writer) }
    }
}

extension APIWorkerDeploymentVersionInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasMetadata { metadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasMetadata { metadata.writePayloads(&writer) }
    }
}

extension APIQueryFailedFailure: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIApplicationFailureInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APICanceledFailureInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIFailure: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEncodedAttributes { encodedAttributes.readPayloads(&reader) }
        if hasCause { cause.readPayloads(&reader) }
        switch failureInfo {
        case .applicationFailureInfo(let held): held.readPayloads(&reader)
        case .timeoutFailureInfo(let held): held.readPayloads(&reader)
        case .canceledFailureInfo(let held): held.readPayloads(&reader)
        case .resetWorkflowFailureInfo(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEncodedAttributes { encodedAttributes.writePayloads(&writer) }
        if hasCause { cause.writePayloads(&writer) }
        switch failureInfo {
        case .applicationFailureInfo(var held):
            failureInfo = nil
            held.writePayloads(&writer)
            failureInfo = .applicationFailureInfo(held)
        case .timeoutFailureInfo(var held):
            failureInfo = nil
            held.writePayloads(&writer)
            failureInfo = .timeoutFailureInfo(held)
        case .canceledFailureInfo(var held):
            failureInfo = nil
            held.writePayloads(&writer)
            failureInfo = .canceledFailureInfo(held)
        case .resetWorkflowFailureInfo(var held):
            failureInfo = nil
            held.writePayloads(&writer)
            failureInfo = .resetWorkflowFailureInfo(held)
        default: break
        }
    }
}

extension APIResetWorkflowFailureInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastHeartbeatDetails { lastHeartbeatDetails.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastHeartbeatDetails { lastHeartbeatDetails.writePayloads(&writer) }
    }
}

extension APITimeoutFailureInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastHeartbeatDetails { lastHeartbeatDetails.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastHeartbeatDetails { lastHeartbeatDetails.writePayloads(&writer) }
    }
}

extension APIActivityTaskCanceledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIActivityTaskCompletedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIActivityTaskFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIActivityTaskScheduledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeader { header.readPayloads(&reader) }
        if hasInput { input.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeader { header.writePayloads(&writer) }
        if hasInput { input.writePayloads(&writer) }
    }
}

extension APIActivityTaskStartedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastFailure { lastFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastFailure { lastFailure.writePayloads(&writer) }
    }
}

extension APIActivityTaskTimedOutEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIChildWorkflowExecutionCanceledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIChildWorkflowExecutionCompletedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIChildWorkflowExecutionFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIChildWorkflowExecutionStartedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIHistory: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in events { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in events.indices { events[index].writePayloads(&writer) }
    }
}

extension APIHistoryEvent: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
        for item in eventGroupMarkers { item.readPayloads(&reader) }
        switch attributes {
        case .workflowExecutionStartedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionCompletedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionFailedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowTaskFailedEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskScheduledEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskStartedEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskCompletedEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskFailedEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskTimedOutEventAttributes(let held): held.readPayloads(&reader)
        case .activityTaskCanceledEventAttributes(let held): held.readPayloads(&reader)
        case .markerRecordedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionSignaledEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionTerminatedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionCanceledEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionContinuedAsNewEventAttributes(let held): held.readPayloads(&reader)
        case .startChildWorkflowExecutionInitiatedEventAttributes(let held): held.readPayloads(&reader)
        case .childWorkflowExecutionStartedEventAttributes(let held): held.readPayloads(&reader)
        case .childWorkflowExecutionCompletedEventAttributes(let held): held.readPayloads(&reader)
        case .childWorkflowExecutionFailedEventAttributes(let held): held.readPayloads(&reader)
        case .childWorkflowExecutionCanceledEventAttributes(let held): held.readPayloads(&reader)
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionUpdateAcceptedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionUpdateRejectedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionUpdateCompletedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowPropertiesModifiedExternallyEventAttributes(let held): held.readPayloads(&reader)
        case .workflowPropertiesModifiedEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionUpdateAdmittedEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationScheduledEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationCompletedEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationFailedEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationCanceledEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationTimedOutEventAttributes(let held): held.readPayloads(&reader)
        case .workflowExecutionOptionsUpdatedEventAttributes(let held): held.readPayloads(&reader)
        case .nexusOperationCancelRequestFailedEventAttributes(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
        for index in eventGroupMarkers.indices { eventGroupMarkers[index].writePayloads(&writer) }
        switch attributes {
        case .workflowExecutionStartedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionStartedEventAttributes(held)
        case .workflowExecutionCompletedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionCompletedEventAttributes(held)
        case .workflowExecutionFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionFailedEventAttributes(held)
        case .workflowTaskFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowTaskFailedEventAttributes(held)
        case .activityTaskScheduledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskScheduledEventAttributes(held)
        case .activityTaskStartedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskStartedEventAttributes(held)
        case .activityTaskCompletedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskCompletedEventAttributes(held)
        case .activityTaskFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskFailedEventAttributes(held)
        case .activityTaskTimedOutEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskTimedOutEventAttributes(held)
        case .activityTaskCanceledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .activityTaskCanceledEventAttributes(held)
        case .markerRecordedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .markerRecordedEventAttributes(held)
        case .workflowExecutionSignaledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionSignaledEventAttributes(held)
        case .workflowExecutionTerminatedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionTerminatedEventAttributes(held)
        case .workflowExecutionCanceledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionCanceledEventAttributes(held)
        case .workflowExecutionContinuedAsNewEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionContinuedAsNewEventAttributes(held)
        case .startChildWorkflowExecutionInitiatedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .startChildWorkflowExecutionInitiatedEventAttributes(held)
        case .childWorkflowExecutionStartedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .childWorkflowExecutionStartedEventAttributes(held)
        case .childWorkflowExecutionCompletedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .childWorkflowExecutionCompletedEventAttributes(held)
        case .childWorkflowExecutionFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .childWorkflowExecutionFailedEventAttributes(held)
        case .childWorkflowExecutionCanceledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .childWorkflowExecutionCanceledEventAttributes(held)
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .signalExternalWorkflowExecutionInitiatedEventAttributes(held)
        case .workflowExecutionUpdateAcceptedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionUpdateAcceptedEventAttributes(held)
        case .workflowExecutionUpdateRejectedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionUpdateRejectedEventAttributes(held)
        case .workflowExecutionUpdateCompletedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionUpdateCompletedEventAttributes(held)
        case .workflowPropertiesModifiedExternallyEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowPropertiesModifiedExternallyEventAttributes(held)
        case .workflowPropertiesModifiedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowPropertiesModifiedEventAttributes(held)
        case .workflowExecutionUpdateAdmittedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionUpdateAdmittedEventAttributes(held)
        case .nexusOperationScheduledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationScheduledEventAttributes(held)
        case .nexusOperationCompletedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationCompletedEventAttributes(held)
        case .nexusOperationFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationFailedEventAttributes(held)
        case .nexusOperationCanceledEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationCanceledEventAttributes(held)
        case .nexusOperationTimedOutEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationTimedOutEventAttributes(held)
        case .workflowExecutionOptionsUpdatedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .workflowExecutionOptionsUpdatedEventAttributes(held)
        case .nexusOperationCancelRequestFailedEventAttributes(var held):
            attributes = nil
            held.writePayloads(&writer)
            attributes = .nexusOperationCancelRequestFailedEventAttributes(held)
        default: break
        }
    }
}

extension APIMarkerRecordedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in details.keys.sorted() where !isOwnMarkerDetail(markerName, key) { details[key]?.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in details.keys.sorted() where !isOwnMarkerDetail(markerName, key) { details[key]?.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APINexusOperationCancelRequestFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APINexusOperationCanceledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APINexusOperationCompletedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APINexusOperationFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APINexusOperationScheduledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
    }
}

extension APINexusOperationTimedOutEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APISignalExternalWorkflowExecutionInitiatedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIStartChildWorkflowExecutionInitiatedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionCanceledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionCompletedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionContinuedAsNewEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
        if hasLastCompletionResult { lastCompletionResult.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
        if hasLastCompletionResult { lastCompletionResult.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionOptionsUpdatedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in attachedCompletionCallbacks { item.readPayloads(&reader) }
        for item in workflowUpdateOptions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in attachedCompletionCallbacks.indices { attachedCompletionCallbacks[index].writePayloads(&writer) }
        for index in workflowUpdateOptions.indices { workflowUpdateOptions[index].writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionOptionsUpdatedEventAttributes.WorkflowUpdateOptionsUpdate: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in attachedCompletionCallbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in attachedCompletionCallbacks.indices { attachedCompletionCallbacks[index].writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionSignaledEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionStartedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasContinuedFailure { continuedFailure.readPayloads(&reader) }
        if hasLastCompletionResult { lastCompletionResult.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasContinuedFailure { continuedFailure.writePayloads(&writer) }
        if hasLastCompletionResult { lastCompletionResult.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionTerminatedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionUpdateAcceptedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasAcceptedRequest { acceptedRequest.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasAcceptedRequest { acceptedRequest.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionUpdateAdmittedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasRequest { request.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasRequest { request.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionUpdateCompletedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasOutcome { outcome.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasOutcome { outcome.writePayloads(&writer) }
    }
}

extension APIWorkflowExecutionUpdateRejectedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasRejectedRequest { rejectedRequest.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasRejectedRequest { rejectedRequest.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIWorkflowPropertiesModifiedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUpsertedMemo { upsertedMemo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUpsertedMemo { upsertedMemo.writePayloads(&writer) }
    }
}

extension APIWorkflowPropertiesModifiedExternallyEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUpsertedMemo { upsertedMemo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUpsertedMemo { upsertedMemo.writePayloads(&writer) }
    }
}

extension APIWorkflowTaskFailedEventAttributes: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APINexusEndpoint: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSpec { spec.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSpec { spec.writePayloads(&writer) }
    }
}

extension APINexusEndpointSpec: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDescription_p { description_p.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDescription_p { description_p.writePayloads(&writer) }
    }
}

extension APINexusNexusOperationExecutionCancellationInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
    }
}

extension APINexusNexusOperationExecutionInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
        if hasCancellationInfo { cancellationInfo.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
        if hasCancellationInfo { cancellationInfo.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APINexusRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .startOperation(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .startOperation(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .startOperation(held)
        default: break
        }
    }
}

extension APINexusResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .startOperation(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .startOperation(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .startOperation(held)
        default: break
        }
    }
}

extension APINexusStartOperationRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasPayload { payload.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasPayload { payload.writePayloads(&writer) }
    }
}

extension APINexusStartOperationResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .syncSuccess(let held): held.readPayloads(&reader)
        case .failure(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .syncSuccess(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .syncSuccess(held)
        case .failure(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .failure(held)
        default: break
        }
    }
}

extension APINexusStartOperationResponse.Sync: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasPayload { payload.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasPayload { payload.writePayloads(&writer) }
    }
}

extension APINexusOperationCallbackInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInfo { info.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInfo { info.writePayloads(&writer) }
    }
}

extension APICreateNexusEndpointRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSpec { spec.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSpec { spec.writePayloads(&writer) }
    }
}

extension APICreateNexusEndpointResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEndpoint { endpoint.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEndpoint { endpoint.writePayloads(&writer) }
    }
}

extension APIGetNexusEndpointResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEndpoint { endpoint.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEndpoint { endpoint.writePayloads(&writer) }
    }
}

extension APIListNexusEndpointsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in endpoints { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in endpoints.indices { endpoints[index].writePayloads(&writer) }
    }
}

extension APIUpdateNexusEndpointRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSpec { spec.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSpec { spec.writePayloads(&writer) }
    }
}

extension APIUpdateNexusEndpointResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEndpoint { endpoint.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEndpoint { endpoint.writePayloads(&writer) }
    }
}

extension APIWorkflowQuery: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasQueryArgs { queryArgs.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasQueryArgs { queryArgs.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIWorkflowQueryResult: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasAnswer { answer.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasAnswer { answer.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APISchedule: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasAction { action.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasAction { action.writePayloads(&writer) }
    }
}

extension APIScheduleAction: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch action {
        case .startWorkflow(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch action {
        case .startWorkflow(var held):
            action = nil
            held.writePayloads(&writer)
            action = .startWorkflow(held)
        default: break
        }
    }
}

extension APIScheduleListEntry: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIEventGroupMarker: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .label(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .label(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .label(held)
        default: break
        }
    }
}

extension APIEventGroupMarker.Label: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLabel { label.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLabel { label.writePayloads(&writer) }
    }
}

extension APIUserMetadata: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSummary { summary.readPayloads(&reader) }
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSummary { summary.writePayloads(&writer) }
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIUpdateAcceptance: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasAcceptedRequest { acceptedRequest.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasAcceptedRequest { acceptedRequest.writePayloads(&writer) }
    }
}

extension APIUpdateInput: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeader { header.readPayloads(&reader) }
        if hasArgs { args.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeader { header.writePayloads(&writer) }
        if hasArgs { args.writePayloads(&writer) }
    }
}

extension APIUpdateOutcome: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch value {
        case .success(let held): held.readPayloads(&reader)
        case .failure(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch value {
        case .success(var held):
            value = nil
            held.writePayloads(&writer)
            value = .success(held)
        case .failure(var held):
            value = nil
            held.writePayloads(&writer)
            value = .failure(held)
        default: break
        }
    }
}

extension APIUpdateRejection: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasRejectedRequest { rejectedRequest.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasRejectedRequest { rejectedRequest.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIUpdateRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
    }
}

extension APIUpdateResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasOutcome { outcome.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasOutcome { outcome.writePayloads(&writer) }
    }
}

extension APIWorkflowCallbackInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasCallback { callback.readPayloads(&reader) }
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasCallback { callback.writePayloads(&writer) }
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
    }
}

extension APIWorkflowNewWorkflowExecutionInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APIWorkflowNexusOperationCancellationInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
    }
}

extension APIWorkflowPendingActivityInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeartbeatDetails { heartbeatDetails.readPayloads(&reader) }
        if hasLastFailure { lastFailure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeartbeatDetails { heartbeatDetails.writePayloads(&writer) }
        if hasLastFailure { lastFailure.writePayloads(&writer) }
    }
}

extension APIWorkflowPendingNexusOperationInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasLastAttemptFailure { lastAttemptFailure.readPayloads(&reader) }
        if hasCancellationInfo { cancellationInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasLastAttemptFailure { lastAttemptFailure.writePayloads(&writer) }
        if hasCancellationInfo { cancellationInfo.writePayloads(&writer) }
    }
}

extension APIWorkflowPostResetOperation: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch variant {
        case .signalWorkflow(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch variant {
        case .signalWorkflow(var held):
            variant = nil
            held.writePayloads(&writer)
            variant = .signalWorkflow(held)
        default: break
        }
    }
}

extension APIWorkflowPostResetOperation.SignalWorkflow: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIWorkflowWorkflowExecutionConfig: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APIWorkflowWorkflowExecutionInfo: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APICreateScheduleRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSchedule { schedule.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSchedule { schedule.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIDescribeActivityExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInfo { info.readPayloads(&reader) }
        if hasInput { input.readPayloads(&reader) }
        if hasOutcome { outcome.readPayloads(&reader) }
        for item in callbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInfo { info.writePayloads(&writer) }
        if hasInput { input.writePayloads(&writer) }
        if hasOutcome { outcome.writePayloads(&writer) }
        for index in callbacks.indices { callbacks[index].writePayloads(&writer) }
    }
}

extension APIDescribeDeploymentResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDeploymentInfo { deploymentInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDeploymentInfo { deploymentInfo.writePayloads(&writer) }
    }
}

extension APIDescribeNexusOperationExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInfo { info.readPayloads(&reader) }
        if hasInput { input.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
        switch outcome {
        case .result(let held): held.readPayloads(&reader)
        case .failure(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInfo { info.writePayloads(&writer) }
        if hasInput { input.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
        switch outcome {
        case .result(var held):
            outcome = nil
            held.writePayloads(&writer)
            outcome = .result(held)
        case .failure(var held):
            outcome = nil
            held.writePayloads(&writer)
            outcome = .failure(held)
        default: break
        }
    }
}

extension APIDescribeScheduleResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSchedule { schedule.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSchedule { schedule.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIDescribeWorkerDeploymentVersionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasWorkerDeploymentVersionInfo { workerDeploymentVersionInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasWorkerDeploymentVersionInfo { workerDeploymentVersionInfo.writePayloads(&writer) }
    }
}

extension APIDescribeWorkflowExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasExecutionConfig { executionConfig.readPayloads(&reader) }
        if hasWorkflowExecutionInfo { workflowExecutionInfo.readPayloads(&reader) }
        for item in pendingActivities { item.readPayloads(&reader) }
        for item in callbacks { item.readPayloads(&reader) }
        for item in pendingNexusOperations { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasExecutionConfig { executionConfig.writePayloads(&writer) }
        if hasWorkflowExecutionInfo { workflowExecutionInfo.writePayloads(&writer) }
        for index in pendingActivities.indices { pendingActivities[index].writePayloads(&writer) }
        for index in callbacks.indices { callbacks[index].writePayloads(&writer) }
        for index in pendingNexusOperations.indices { pendingNexusOperations[index].writePayloads(&writer) }
    }
}

extension APIExecuteMultiOperationRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in operations { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in operations.indices { operations[index].writePayloads(&writer) }
    }
}

extension APIExecuteMultiOperationRequest.Operation: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch operation {
        case .startWorkflow(let held): held.readPayloads(&reader)
        case .updateWorkflow(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch operation {
        case .startWorkflow(var held):
            operation = nil
            held.writePayloads(&writer)
            operation = .startWorkflow(held)
        case .updateWorkflow(var held):
            operation = nil
            held.writePayloads(&writer)
            operation = .updateWorkflow(held)
        default: break
        }
    }
}

extension APIExecuteMultiOperationResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in responses { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in responses.indices { responses[index].writePayloads(&writer) }
    }
}

extension APIExecuteMultiOperationResponse.Response: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch response {
        case .startWorkflow(let held): held.readPayloads(&reader)
        case .updateWorkflow(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch response {
        case .startWorkflow(var held):
            response = nil
            held.writePayloads(&writer)
            response = .startWorkflow(held)
        case .updateWorkflow(var held):
            response = nil
            held.writePayloads(&writer)
            response = .updateWorkflow(held)
        default: break
        }
    }
}

extension APIGetCurrentDeploymentResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasCurrentDeploymentInfo { currentDeploymentInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasCurrentDeploymentInfo { currentDeploymentInfo.writePayloads(&writer) }
    }
}

extension APIGetDeploymentReachabilityResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDeploymentInfo { deploymentInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDeploymentInfo { deploymentInfo.writePayloads(&writer) }
    }
}

extension APIGetWorkflowExecutionHistoryResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHistory { history.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHistory { history.writePayloads(&writer) }
    }
}

extension APIGetWorkflowExecutionHistoryReverseResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHistory { history.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHistory { history.writePayloads(&writer) }
    }
}

extension APIListArchivedWorkflowExecutionsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in executions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in executions.indices { executions[index].writePayloads(&writer) }
    }
}

extension APIListClosedWorkflowExecutionsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in executions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in executions.indices { executions[index].writePayloads(&writer) }
    }
}

extension APIListOpenWorkflowExecutionsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in executions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in executions.indices { executions[index].writePayloads(&writer) }
    }
}

extension APIListSchedulesResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in schedules { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in schedules.indices { schedules[index].writePayloads(&writer) }
    }
}

extension APIListWorkflowExecutionsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in executions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in executions.indices { executions[index].writePayloads(&writer) }
    }
}

extension APIPollActivityExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasOutcome { outcome.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasOutcome { outcome.writePayloads(&writer) }
    }
}

extension APIPollActivityTaskQueueResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHeader { header.readPayloads(&reader) }
        if hasInput { input.readPayloads(&reader) }
        if hasHeartbeatDetails { heartbeatDetails.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHeader { header.writePayloads(&writer) }
        if hasInput { input.writePayloads(&writer) }
        if hasHeartbeatDetails { heartbeatDetails.writePayloads(&writer) }
    }
}

extension APIPollNexusOperationExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch outcome {
        case .result(let held): held.readPayloads(&reader)
        case .failure(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch outcome {
        case .result(var held):
            outcome = nil
            held.writePayloads(&writer)
            outcome = .result(held)
        case .failure(var held):
            outcome = nil
            held.writePayloads(&writer)
            outcome = .failure(held)
        default: break
        }
    }
}

extension APIPollNexusTaskQueueResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasRequest { request.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasRequest { request.writePayloads(&writer) }
    }
}

extension APIPollWorkflowExecutionUpdateResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasOutcome { outcome.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasOutcome { outcome.writePayloads(&writer) }
    }
}

extension APIPollWorkflowTaskQueueResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasHistory { history.readPayloads(&reader) }
        if hasQuery { query.readPayloads(&reader) }
        for key in queries.keys.sorted() { queries[key]?.readPayloads(&reader) }
        for item in messages { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasHistory { history.writePayloads(&writer) }
        if hasQuery { query.writePayloads(&writer) }
        for key in queries.keys.sorted() { queries[key]?.writePayloads(&writer) }
        for index in messages.indices { messages[index].writePayloads(&writer) }
    }
}

extension APIQueryWorkflowRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasQuery { query.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasQuery { query.writePayloads(&writer) }
    }
}

extension APIQueryWorkflowResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasQueryResult { queryResult.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasQueryResult { queryResult.writePayloads(&writer) }
    }
}

extension APIRecordActivityTaskHeartbeatByIdRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIRecordActivityTaskHeartbeatRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIResetWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in postResetOperations { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in postResetOperations.indices { postResetOperations[index].writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskCanceledByIdRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskCanceledRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskCompletedByIdRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskCompletedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResult { result.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResult { result.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskFailedByIdRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
        if hasLastHeartbeatDetails { lastHeartbeatDetails.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
        if hasLastHeartbeatDetails { lastHeartbeatDetails.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskFailedByIdResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in failures { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in failures.indices { failures[index].writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskFailedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
        if hasLastHeartbeatDetails { lastHeartbeatDetails.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
        if hasLastHeartbeatDetails { lastHeartbeatDetails.writePayloads(&writer) }
    }
}

extension APIRespondActivityTaskFailedResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in failures { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in failures.indices { failures[index].writePayloads(&writer) }
    }
}

extension APIRespondNexusTaskCompletedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasResponse { response.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasResponse { response.writePayloads(&writer) }
    }
}

extension APIRespondNexusTaskFailedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIRespondQueryTaskCompletedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasQueryResult { queryResult.readPayloads(&reader) }
        if hasFailure { failure.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasQueryResult { queryResult.writePayloads(&writer) }
        if hasFailure { failure.writePayloads(&writer) }
    }
}

extension APIRespondWorkflowTaskCompletedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in commands { item.readPayloads(&reader) }
        for key in queryResults.keys.sorted() { queryResults[key]?.readPayloads(&reader) }
        for item in messages { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in commands.indices { commands[index].writePayloads(&writer) }
        for key in queryResults.keys.sorted() { queryResults[key]?.writePayloads(&writer) }
        for index in messages.indices { messages[index].writePayloads(&writer) }
    }
}

extension APIRespondWorkflowTaskCompletedResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasWorkflowTask { workflowTask.readPayloads(&reader) }
        for item in activityTasks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasWorkflowTask { workflowTask.writePayloads(&writer) }
        for index in activityTasks.indices { activityTasks[index].writePayloads(&writer) }
    }
}

extension APIRespondWorkflowTaskFailedRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasFailure { failure.readPayloads(&reader) }
        for item in messages { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasFailure { failure.writePayloads(&writer) }
        for index in messages.indices { messages[index].writePayloads(&writer) }
    }
}

extension APIScanWorkflowExecutionsResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for item in executions { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for index in executions.indices { executions[index].writePayloads(&writer) }
    }
}

extension APISetCurrentDeploymentRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasUpdateMetadata { updateMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasUpdateMetadata { updateMetadata.writePayloads(&writer) }
    }
}

extension APISetCurrentDeploymentResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasCurrentDeploymentInfo { currentDeploymentInfo.readPayloads(&reader) }
        if hasPreviousDeploymentInfo { previousDeploymentInfo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasCurrentDeploymentInfo { currentDeploymentInfo.writePayloads(&writer) }
        if hasPreviousDeploymentInfo { previousDeploymentInfo.writePayloads(&writer) }
    }
}

extension APISignalWithStartWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasSignalInput { signalInput.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasSignalInput { signalInput.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APISignalWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
    }
}

extension APIStartActivityExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
    }
}

extension APIStartActivityExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEagerActivityTask { eagerActivityTask.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEagerActivityTask { eagerActivityTask.writePayloads(&writer) }
    }
}

extension APIStartBatchOperationRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        switch operation {
        case .terminationOperation(let held): held.readPayloads(&reader)
        case .signalOperation(let held): held.readPayloads(&reader)
        case .resetOperation(let held): held.readPayloads(&reader)
        default: break
        }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        switch operation {
        case .terminationOperation(var held):
            operation = nil
            held.writePayloads(&writer)
            operation = .terminationOperation(held)
        case .signalOperation(var held):
            operation = nil
            held.writePayloads(&writer)
            operation = .signalOperation(held)
        case .resetOperation(var held):
            operation = nil
            held.writePayloads(&writer)
            operation = .resetOperation(held)
        default: break
        }
    }
}

extension APIStartNexusOperationExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
    }
}

extension APIStartWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasInput { input.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
        if hasHeader { header.readPayloads(&reader) }
        if hasContinuedFailure { continuedFailure.readPayloads(&reader) }
        if hasLastCompletionResult { lastCompletionResult.readPayloads(&reader) }
        for item in completionCallbacks { item.readPayloads(&reader) }
        if hasUserMetadata { userMetadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasInput { input.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
        if hasHeader { header.writePayloads(&writer) }
        if hasContinuedFailure { continuedFailure.writePayloads(&writer) }
        if hasLastCompletionResult { lastCompletionResult.writePayloads(&writer) }
        for index in completionCallbacks.indices { completionCallbacks[index].writePayloads(&writer) }
        if hasUserMetadata { userMetadata.writePayloads(&writer) }
    }
}

extension APIStartWorkflowExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasEagerWorkflowTask { eagerWorkflowTask.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasEagerWorkflowTask { eagerWorkflowTask.writePayloads(&writer) }
    }
}

extension APITerminateWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasDetails { details.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasDetails { details.writePayloads(&writer) }
    }
}

extension APIUpdateScheduleRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasSchedule { schedule.readPayloads(&reader) }
        if hasMemo { memo.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasSchedule { schedule.writePayloads(&writer) }
        if hasMemo { memo.writePayloads(&writer) }
    }
}

extension APIUpdateWorkerDeploymentVersionMetadataRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        for key in upsertEntries.keys.sorted() { upsertEntries[key]?.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        for key in upsertEntries.keys.sorted() { upsertEntries[key]?.writePayloads(&writer) }
    }
}

extension APIUpdateWorkerDeploymentVersionMetadataResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasMetadata { metadata.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasMetadata { metadata.writePayloads(&writer) }
    }
}

extension APIUpdateWorkflowExecutionRequest: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasRequest { request.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasRequest { request.writePayloads(&writer) }
    }
}

extension APIUpdateWorkflowExecutionResponse: PayloadHolder {
    package func readPayloads(_ reader: inout PayloadReader) {
        if hasOutcome { outcome.readPayloads(&reader) }
    }

    package mutating func writePayloads(_ writer: inout PayloadWriter) {
        if hasOutcome { outcome.writePayloads(&writer) }
    }
}
