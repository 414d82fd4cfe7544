package import TemporalAPI

extension APITimeoutType {
    init(_ kind: TimeoutError.Kind) {
        switch kind {
        case .unspecified: self = .unspecified
        case .startToClose: self = .startToClose
        case .scheduleToStart: self = .scheduleToStart
        case .scheduleToClose: self = .scheduleToClose
        case .heartbeat: self = .heartbeat
        }
    }
}

extension TimeoutError.Kind {
    init(_ type: APITimeoutType) {
        switch type {
        case .startToClose: self = .startToClose
        case .scheduleToStart: self = .scheduleToStart
        case .scheduleToClose: self = .scheduleToClose
        case .heartbeat: self = .heartbeat
        case .unspecified, .UNRECOGNIZED: self = .unspecified
        }
    }
}

extension APIRetryState {
    package init(_ state: RetryState) {
        switch state {
        case .unspecified: self = .unspecified
        case .inProgress: self = .inProgress
        case .nonRetryableFailure: self = .nonRetryableFailure
        case .timeout: self = .timeout
        case .maximumAttemptsReached: self = .maximumAttemptsReached
        case .retryPolicyNotSet: self = .retryPolicyNotSet
        case .internalServerError: self = .internalServerError
        case .cancelRequested: self = .cancelRequested
        }
    }
}

extension RetryState {
    package init(_ state: APIRetryState) {
        switch state {
        case .inProgress: self = .inProgress
        case .nonRetryableFailure: self = .nonRetryableFailure
        case .timeout: self = .timeout
        case .maximumAttemptsReached: self = .maximumAttemptsReached
        case .retryPolicyNotSet: self = .retryPolicyNotSet
        case .internalServerError: self = .internalServerError
        case .cancelRequested: self = .cancelRequested
        case .unspecified, .UNRECOGNIZED: self = .unspecified
        }
    }
}

extension APINexusHandlerErrorRetryBehavior {
    init(_ behavior: NexusHandlerError.RetryBehavior) {
        switch behavior {
        case .unspecified: self = .unspecified
        case .retryable: self = .retryable
        case .nonRetryable: self = .nonRetryable
        }
    }
}

extension NexusHandlerError.RetryBehavior {
    init(_ behavior: APINexusHandlerErrorRetryBehavior) {
        switch behavior {
        case .retryable: self = .retryable
        case .nonRetryable: self = .nonRetryable
        case .unspecified, .UNRECOGNIZED: self = .unspecified
        }
    }
}
